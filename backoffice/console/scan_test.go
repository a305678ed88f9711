package console

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"keyhall/backoffice/ra"
)

// sheets are the made-up papers, by the hash of the page that shows them.
var sheets = sync.OnceValue(func() map[string][]string {
	company := []string{"机构名称：杭州示例科技有限公司", "统一社会信用代码：" + creditCode("91330106MA2B1X2C3"), "法定代表人：张三"}
	texts := map[ra.MaterialKind][][]string{
		ra.MaterialLicence:    {append([]string{"营 业 执 照"}, company...)},
		ra.MaterialIdentity:   {{"居民身份证（样本）", "姓名  李四", "公民身份号码  " + idNumber("33010619900307123")}, {"居民身份证（样本）", "签发机关  示例市公安局", "有效期限  2020.03.07–2040.03.07"}},
		ra.MaterialForm:       {append(append([]string{"数字证书业务登记表"}, company...), "经办人：李四    手机：138****0000", "业务类型：新领    数量：3")},
		ra.MaterialRemittance: {{"电子回单（样本）", "付款人：杭州示例科技有限公司", "金额：人民币 600.00 元", "流水号：2026112300981"}},
	}
	byHash := map[string][]string{}
	for kind, pages := range texts {
		for i, page := range paper(kind, ra.VerdictNone, len(pages)).Pages {
			byHash[page.SHA256] = pages[i]
		}
	}
	return byHash
})

// face is a Chinese font of the machine; without one the papers have bars for text.
var face = sync.OnceValue(func() func(size float64) font.Face {
	raw, err := os.ReadFile("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
	if err != nil {
		return nil
	}
	fonts, err := opentype.ParseCollection(raw)
	if err != nil {
		return nil
	}
	f, err := fonts.Font(2) // simplified Chinese
	if err != nil {
		return nil
	}
	return func(size float64) font.Face {
		face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			panic(err)
		}
		return face
	}
})

// drawScan draws a sheet of paper with its text and a round seal.
func drawScan(sum string) []byte {
	const w, h = 620, 877
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{254, 253, 250, 255}), image.Point{}, draw.Src)
	for i, line := range sheets()[sum] {
		size, x, y := 20.0, 60, 150+i*46
		if i == 0 {
			size, x, y = 30, 300-15*len([]rune(line)), 100
		}
		write(img, line, size, x, y)
	}
	for y := -80; y <= 80; y++ {
		for x := -80; x <= 80; x++ {
			if d := x*x + y*y; d < 80*80 && d > 74*74 {
				img.Set(440+x, 640+y, color.RGBA{190, 60, 50, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func write(img draw.Image, line string, size float64, x, y int) {
	ink := image.NewUniform(color.RGBA{40, 50, 60, 255})
	if face() == nil {
		draw.Draw(img, image.Rect(x, y-int(size), x+int(size)*len([]rune(line)), y), ink, image.Point{}, draw.Src)
		return
	}
	d := font.Drawer{Dst: img, Src: ink, Face: face()(size), Dot: fixed.P(x, y)}
	d.DrawString(line)
}
