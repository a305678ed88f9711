package widget

/*
#cgo pkg-config: gtk+-3.0
#include <gtk/gtk.h>
#include <stdlib.h>

static void describe(void *widget, const char *text) {
	atk_object_set_description(gtk_widget_get_accessible(GTK_WIDGET(widget)), text);
}

static const char *description(void *widget) {
	return atk_object_get_description(gtk_widget_get_accessible(GTK_WIDGET(widget)));
}

static void set_role(void *widget, int role) {
	atk_object_set_role(gtk_widget_get_accessible(GTK_WIDGET(widget)), role);
}

static const char *role(void *widget) {
	return atk_role_get_name(atk_object_get_role(gtk_widget_get_accessible(GTK_WIDGET(widget))));
}

static void announce(void *widget, const char *text) {
	AtkObject *o = gtk_widget_get_accessible(GTK_WIDGET(widget));
	if (g_signal_lookup("announcement", ATK_TYPE_OBJECT) != 0) g_signal_emit_by_name(o, "announcement", text);
}

static gboolean move_focus(void *widget, gboolean forward) {
	return gtk_widget_child_focus(GTK_WIDGET(widget), forward ? GTK_DIR_TAB_FORWARD : GTK_DIR_TAB_BACKWARD);
}

static gboolean within(void *widget, void *around) {
	return gtk_widget_is_ancestor(GTK_WIDGET(widget), GTK_WIDGET(around));
}
*/
import "C"

import (
	"unsafe"

	"github.com/gotk3/gotk3/gtk"
)

// What gotk3 does not bind of what assistive technologies hear, and of the focus.

// A Role is what a screen reader takes a widget for where that is not what GTK takes it for.
type Role C.int

// The roles that pages give.
const (
	Heading Role = C.ATK_ROLE_HEADING
	Alert   Role = C.ATK_ROLE_ALERT
)

// SetRole gives a widget another role.
func SetRole(widget gtk.IWidget, r Role) { C.set_role(nativeOf(widget), C.int(r)) }

// RoleOf is a widget's role as AT-SPI names it.
func RoleOf(widget gtk.IWidget) string { return C.GoString(C.role(nativeOf(widget))) }

// Describe says what the name of a widget does not: what is wrong with it, or that it is chosen. "" says nothing.
func Describe(widget gtk.IWidget, text string) {
	if DescriptionOf(widget) == text {
		return
	}
	s := C.CString(text)
	defer C.free(unsafe.Pointer(s))
	C.describe(nativeOf(widget), s)
}

// DescriptionOf is what Describe said.
func DescriptionOf(widget gtk.IWidget) string { return C.GoString(C.description(nativeOf(widget))) }

// Announce has a screen reader say a text now, wherever the focus is.
func Announce(widget gtk.IWidget, text string) {
	s := C.CString(text)
	defer C.free(unsafe.Pointer(s))
	C.announce(nativeOf(widget), s)
}

// MoveFocus moves the focus within a widget, as Tab does, or Shift and Tab; false where it would leave it.
func MoveFocus(widget gtk.IWidget, forward bool) bool {
	way := C.gboolean(0)
	if forward {
		way = 1
	}
	return C.move_focus(nativeOf(widget), way) != 0
}

// Within reports whether a widget stands somewhere in another one.
func Within(widget, around gtk.IWidget) bool {
	return C.within(nativeOf(widget), nativeOf(around)) != 0
}

// Choose shows whether a button is what was chosen, or switched on: in the style class "on", and for who hears it by words.
func (b *Button) Choose(on bool, words string) {
	SetClass(b.Button, "on", on)
	if !on {
		words = ""
	}
	Describe(b.Button, words)
}
