package screen

import (
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

func showRoom(c *cards, page workflow.Page) bar {
	p := page.(workflow.RoomPage)
	k := c.kit
	c.head(k.t("room.title"), k.t("room.about", "serial", p.Serial), p.Fault)
	c.all.Sync(len(p.Items), func(i int, r *cardRow) { r.removable(k, p.Items[i]) })
	c.empty(len(p.Items) == 0, k.t("choose.none"), k.t("choose.none.about"))
	return bar{right: []choice{k.offer(workflow.OtherKey{}, "ukey")}, main: k.forward("erase_and_go", p.Ready)}
}

func (r *cardRow) removable(k *kit, i workflow.RoomItem) {
	k.beside(r.row)
	widget.SetText(r.name, i.Subject)
	about := k.t("room.pair")
	if i.Until != "" {
		about = k.t("room.until", "until", i.Until)
	}
	widget.SetText(r.about, about)
	r.plug.SetVisible(i.Chosen)
	widget.SetText(r.plug, k.t("room.goes"))
	widget.SetClass(r.plug, "good", false)
	widget.SetClass(r.plug, "bad", true)
	r.state.Hide()
	widget.SetClass(r.Button, "chosen", i.Chosen)
	r.Button.Name(i.Subject + " " + about)
	r.Act = func() { k.do(workflow.PickTarget{ID: i.ID}) }
}

func (pages) RoomPage() row { return row{newCards(showRoom), roomScenes} }

func roomScenes() []scene {
	return []scene{{name: "room", frame: galleryFrame(8), page: workflow.RoomPage{Serial: galleryKey().Serial, Ready: true,
		Items: []workflow.RoomItem{{ID: "1", Subject: "杭州示例科技有限公司", Until: "2023-11-02", Chosen: true}, {ID: "2", Subject: "old 杭州示例科技有限公司", Until: "2025-11-02"}, {ID: "3", Subject: "backup"}}}}}
}
