package console

import "keyhall/backoffice/ra"

// Acts is the console's table: for each pattern the act that it asks for, "" for none.
func Acts() map[string]ra.Act {
	all := map[string]ra.Act{"GET /static/": anybody}
	for _, r := range new(console).table() {
		all[r.pattern] = r.act
	}
	return all
}
