package screen

import (
	"strings"

	"github.com/gotk3/gotk3/gtk"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/widget"
	"keyhall/kiosk/workflow"
)

// projects lets a customer find the project by name or list.
type projects struct {
	sheet
	Search *gtk.Box  `ui:"search"`
	Cards  *gtk.Grid `ui:"cards"`
	None   *gtk.Box  `ui:"none"`

	query *field
	none  *gtk.Label
	all   []*projectCard
}

// projectCard is one project.
type projectCard struct {
	*widget.Button
	name  *gtk.Label
	about *gtk.Label
}

func newProjects(k *kit) view {
	p := &projects{}
	bind("projects", p)
	p.dress(k)
	p.none = widget.NewLabel("about")
	p.None.PackStart(p.none, true, true, 0)
	p.None.SetNoShowAll(true)
	p.none.Show()
	p.forget()
	return p
}

// forget empties the search.
func (p *projects) forget() {
	if p.query != nil {
		p.kit.keyboard.detach(p.query.target)
		p.query.Destroy()
	}
	p.query = newField(p.kit, workflow.Field{ID: "search", Kind: workflow.FieldChinese})
	p.query.target.typed = func(value string) { p.kit.do(workflow.Type{Field: "query", Value: value}) }
	p.query.target.focused = func(in bool) { widget.SetClass(p.query.frame, "focus", in) }
	sign := widget.NewIcon("search", "i28", "muted")
	sign.SetMarginStart(20)
	p.query.frame.PackStart(widget.ShowAll(sign), false, false, 0)
	p.query.frame.ReorderChild(sign, 0)
	p.Search.PackStart(p.query, true, true, 0)
}

func (p *projects) show(page workflow.Page) bar {
	m := page.(workflow.ProjectsPage)
	p.head(p.kit.t("projects.title"), p.kit.t("projects.about"), nil)
	p.query.show(workflow.Field{ID: "search", Kind: workflow.FieldChinese, Value: m.Query})
	p.query.message.Hide()
	found := matching(m.Projects, m.Query)
	for i, project := range found {
		if i == len(p.all) {
			p.all = append(p.all, newProjectCard())
			p.Cards.Attach(p.all[i], i, 0, 1, 1)
		}
		p.showCard(i, project)
	}
	for i, card := range p.all {
		card.SetVisible(i < len(found))
	}
	p.None.SetVisible(len(found) == 0)
	widget.SetText(p.none, p.kit.t("projects.none", "query", m.Query))
	if m.Query == "" {
		widget.SetText(p.none, p.kit.t("projects.empty"))
	}
	return bar{}
}

func matching(all []ra.Project, query string) []ra.Project {
	query = strings.ToLower(strings.TrimSpace(query))
	var found []ra.Project
	for _, p := range all {
		if strings.Contains(strings.ToLower(p.Name.ZH+"\n"+p.Name.EN), query) {
			found = append(found, p)
		}
	}
	return found
}

func newProjectCard() *projectCard {
	c := &projectCard{Button: widget.NewCard(), name: widget.NewLabel("h2"), about: widget.NewLabel("about")}
	c.Icon = widget.NewIcon("building", "i40")
	c.Icon.SetHExpand(true)
	words := widget.VBox(4, c.name, c.about)
	words.SetVAlign(gtk.ALIGN_CENTER)
	row := widget.HBox(24, widget.InWell(c.Icon))
	row.PackStart(words, true, true, 0)
	row.PackStart(widget.NewIcon("chevron", "i28", "muted"), false, false, 0)
	c.Add(row)
	return widget.ShowAll(c)
}

func (p *projects) showCard(i int, project ra.Project) {
	columns := 2
	if p.kit.portrait {
		columns = 1
	}
	c, name := p.all[i], p.kit.words.text(project.Name)
	widget.Attach(p.Cards, c, i%columns, i/columns)
	widget.SetText(c.name, name)
	widget.SetTextOrHide(c.about, p.about(project))
	c.Button.Name(name)
	c.Act = func() { p.kit.do(workflow.ChooseProject{ID: project.ID}) }
}

// about is the cheapest price and where the project is found.
func (p *projects) about(project ra.Project) string {
	var parts []string
	if len(project.Services) > 0 {
		least := project.Services[0].PriceFen
		for _, s := range project.Services {
			least = min(least, s.PriceFen)
		}
		parts = append(parts, p.kit.t("projects.price", "price", p.kit.words.money(least)))
	}
	if address := p.kit.words.text(project.Contact.Address); address != "" {
		parts = append(parts, address)
	}
	return strings.Join(parts, " · ")
}

func (pages) ProjectsPage() row { return row{newProjects, projectsScenes} }

func projectsScenes() []scene {
	return []scene{
		{name: "projects", frame: galleryFrame(-1), page: workflow.ProjectsPage{Projects: galleryProjects()}},
		{name: "projects-none", frame: galleryFrame(-1), page: workflow.ProjectsPage{Query: "上海"}},
	}
}
