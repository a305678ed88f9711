package workflow

import (
	"context"
	"slices"
	"strings"

	"keyhall/backoffice/ra"
)

// ProjectsPage lets a customer find the project by name or list.
type ProjectsPage struct {
	Projects []ra.Project
	Query    string
}

func (ProjectsPage) page() {}

// ChooseProject picks a project.
type ChooseProject struct{ ID string }

func (ChooseProject) action() {}

// projectsStep lets the customer find the project; where the hall has only one, it is taken at once.
type projectsStep struct {
	all   []ra.Project
	query string
}

func newProjects(*Workflow) step { return &projectsStep{} }

func (p *projectsStep) passing() {}

func (p *projectsStep) enter(w *Workflow) {
	w.visit.project = nil
	w.work("projects", func(ctx context.Context) func() {
		all, err := w.cfg.Office.Projects(ctx)
		return func() {
			if err != nil {
				w.stop(err)
				return
			}
			w.projects = all
			p.all = slices.DeleteFunc(slices.Clone(all), func(x ra.Project) bool { return !w.visit.mayWant(x) })
			if kind := w.visit.kind; len(p.all) == 0 && kind != "" {
				w.home()
				w.above(&noticeStep{notice: NoticePage{ID: "not_offered", Args: map[string]string{"kind": string(kind)}}})
				return
			}
			if len(p.all) == 1 {
				p.choose(w, p.all[0])
				w.through()
			}
		}
	})
}

// mayWant tells whether a project has what somebody came for.
func (v *visit) mayWant(p ra.Project) bool {
	if v.kind == "" {
		return len(p.Services) > 0
	}
	return sells(p, v.kind)
}

func (p *projectsStep) page(*Workflow) Page {
	return ProjectsPage{Projects: p.matching(), Query: p.query}
}

// matching are the projects whose name or id has the query in it.
func (p *projectsStep) matching() []ra.Project {
	q := strings.ToLower(strings.TrimSpace(p.query))
	return slices.DeleteFunc(slices.Clone(p.all), func(x ra.Project) bool {
		return !strings.Contains(strings.ToLower(x.Name.ZH+"\n"+x.Name.EN+"\n"+x.ID), q)
	})
}

func (p *projectsStep) act(w *Workflow, a Action) {
	switch a := a.(type) {
	case Type:
		p.query = a.Value
	case ChooseProject:
		if i := slices.IndexFunc(p.all, func(x ra.Project) bool { return x.ID == a.ID }); i >= 0 {
			p.choose(w, p.all[i])
			w.done()
		}
	}
}

func (p *projectsStep) choose(w *Workflow, project ra.Project) {
	v := w.visit
	v.project = &project
	v.opened, v.agreed = map[string]bool{}, map[string]ra.Agreed{} // another project has agreements of its own
}

// InfoPage is the service information of a project (S25).
type InfoPage struct {
	Project ra.Project
}

func (InfoPage) page() {}

// infoStep is the service information of a project.
type infoStep struct{}

func newInfo(*Workflow) step { return &infoStep{} }

func (i *infoStep) page(w *Workflow) Page { return InfoPage{Project: *w.visit.project} }

func (i *infoStep) act(w *Workflow, a Action) {
	if _, ok := a.(Go); ok {
		w.home()
	}
}

// projectByID finds a project of the hall.
func (w *Workflow) projectByID(id string) *ra.Project {
	i := slices.IndexFunc(w.projects, func(p ra.Project) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	p := w.projects[i]
	return &p
}
