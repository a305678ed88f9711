package book

import "keyhall/backoffice/ra"

// Titles are what people call the projects and models of key of the catalogue, by their ids; also of those that are offered no more.
type Titles struct {
	ProjectNames, ModelNames map[string]ra.Text
}

// Project is what a project is called: its id where the catalogue never had it.
func (t Titles) Project(id string) ra.Text { return title(t.ProjectNames, id) }

// Model is what a model of key is called.
func (t Titles) Model(id string) ra.Text { return title(t.ModelNames, id) }

func title(of map[string]ra.Text, id string) ra.Text {
	if name, known := of[id]; known {
		return name
	}
	return ra.Text{ZH: id}
}
