package usb

// Model is a kind of UKey by the ids that it shows on the bus.
type Model struct {
	Vendor, Product uint16 // idVendor, idProduct
	Maker           string
	Name            string
}

// models are the known UKeys. How one is added stands in ../README.md.
var models = []Model{
	{0x096e, 0x0005, "Feitian", "ePass2000"},
	{0x096e, 0x0305, "Feitian", "ePass2000Auto"},
	{0x096e, 0x0309, "Feitian", "ePass3000GM"},
	{0x096e, 0x0401, "Feitian", "ePass3000"},
	{0x096e, 0x0702, "Feitian", "ePass3003"},
	{0x096e, 0x0703, "Feitian", "ePass3003Auto"},
	{0x096e, 0x0801, "Feitian", "token"},
	{0x096e, 0x0802, "Feitian", "ePass2000"},
	{0x096e, 0x0807, "Feitian", "ePass2003"},
	{0x096e, 0x080a, "Feitian", "ePass2003Auto"},
	{0x096e, 0x080f, "Feitian", "eJAVA"},

	{0x055c, 0xdb08, "Longmai", "GM3000 (before 2022)"},
	{0x055c, 0xe618, "Longmai", "GM3000"},
	{0x055c, 0xf603, "Longmai", "GM3000"},
	{0x055c, 0x2205, "Longmai", "mToken"},
	{0x055c, 0x0223, "Longmai", "mToken CryptoID"},
	{0x055c, 0xe425, "Longmai", "mToken BLE"},
	{0x055c, 0xe623, "Longmai", "mToken BLE"},
	{0x055c, 0xe508, "Longmai", "mToken"},

	{0x5488, 0x0004, "Haitai", "UKey"},

	{0x163c, 0x0407, "WatchData", "USB Key"},
	{0x163c, 0x0417, "WatchData", "USB Key"},
	{0x163c, 0x0418, "WatchData", "USB Key"},
	{0x163c, 0x0a03, "WatchData", "W5181"},
	{0x1ea8, 0xc001, "WatchData", "WDC"},

	{0x22fb, 0x1014, "ZTXA", "USK218"},
	{0x1d99, 0x0001, "XS", "UKey"},
	{0x1d99, 0x0016, "HSIC", "UKey"},
	{0x1ea8, 0x8013, "Excelsecu", "UKey"},
	{0x4612, 0x04b4, "Yuweng", "UKey"},
	{0xa625, 0x0801, "TianYu", "UKey"},
	{0x0416, 0xc136, "MK Technology", "KeyPass"},
	{0x0416, 0xc137, "MK Technology", "KeyPass"},
}

// Models returns the known UKeys.
func Models() []Model { return append([]Model(nil), models...) }

func lookUp(vendor, product uint16) (Model, bool) {
	for _, m := range models {
		if m.Vendor == vendor && m.Product == product {
			return m, true
		}
	}
	return Model{}, false
}
