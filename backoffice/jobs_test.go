package main

import (
	"os"
	"strings"
	"testing"
)

// TestTasksHaveNames: every task is named on the console's page of background work.
func TestTasksHaveNames(t *testing.T) {
	t.Parallel()
	tasks := (&office{}).tasks(nil)
	if len(tasks) < 5 {
		t.Fatalf("%d tasks", len(tasks))
	}
	for _, file := range []string{"console/po/zh_CN.po", "console/po/en.po"} {
		words, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			if !strings.Contains(string(words), "msgid \"work."+task.Name+"\"\n") {
				t.Errorf("%s: %s has no name", file, task.Name)
			}
		}
	}
}
