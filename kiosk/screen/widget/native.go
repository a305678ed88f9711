package widget

/*
#cgo pkg-config: gtk+-3.0
#include <gtk/gtk.h>
#include <stdlib.h>

static void set_name(void *widget, const char *name) {
	atk_object_set_name(gtk_widget_get_accessible(GTK_WIDGET(widget)), name);
}

static const char *get_name(void *widget) {
	return atk_object_get_name(gtk_widget_get_accessible(GTK_WIDGET(widget)));
}

static void *new_capture(void *widget) {
	GtkGesture *g = gtk_gesture_multi_press_new(GTK_WIDGET(widget));
	gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(g), 0);
	gtk_event_controller_set_propagation_phase(GTK_EVENT_CONTROLLER(g), GTK_PHASE_CAPTURE);
	return g;
}

static void underline(void *entry, int start, int end) {
	PangoAttrList *list = pango_attr_list_new();
	if (end > start) {
		PangoAttribute *a = pango_attr_underline_new(PANGO_UNDERLINE_SINGLE);
		a->start_index = start;
		a->end_index = end;
		pango_attr_list_insert(list, a);
	}
	gtk_entry_set_attributes(GTK_ENTRY(entry), list);
	pango_attr_list_unref(list);
}

static void queue_resize(void *widget) { gtk_widget_queue_resize(GTK_WIDGET(widget)); }

static void line_height(void *label, double factor) {
	PangoAttrList *list = pango_attr_list_new();
	pango_attr_list_insert(list, pango_attr_line_height_new(factor));
	gtk_label_set_attributes(GTK_LABEL(label), list);
	pango_attr_list_unref(list);
}

static void empty_clipboards(void) {
	GdkAtom all[] = {GDK_SELECTION_CLIPBOARD, GDK_SELECTION_PRIMARY, GDK_SELECTION_SECONDARY};
	for (int i = 0; i < 3; i++) {
		GtkClipboard *c = gtk_clipboard_get(all[i]);
		gtk_clipboard_set_text(c, "", 0);
		gtk_clipboard_clear(c);
	}
}

static void only_keys(void *entry) {
	gtk_drag_dest_unset(GTK_WIDGET(entry));
	gtk_entry_set_input_hints(GTK_ENTRY(entry), GTK_INPUT_HINT_NO_EMOJI);
}

static gboolean hide_popover(GSignalInvocationHint *hint, guint n, const GValue *values, gpointer data) {
	gpointer shown = g_value_get_object(values);
	if (GTK_IS_POPOVER(shown)) gtk_widget_hide(GTK_WIDGET(shown));
	return TRUE;
}

static void refuse_popovers(void) {
	g_type_class_ref(GTK_TYPE_WIDGET);
	g_signal_add_emission_hook(g_signal_lookup("show", GTK_TYPE_WIDGET), 0, hide_popover, NULL, NULL);
}
*/
import "C"

import (
	"unsafe"

	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"
)

// What gotk3 does not bind: accessible names, the capture phase of gestures, attributes of an entry, emptying a clipboard.

// SetName gives a widget its accessible name: what a screen reader speaks and what tests look for.
func SetName(widget gtk.IWidget, name string) {
	s := C.CString(name)
	defer C.free(unsafe.Pointer(s))
	C.set_name(nativeOf(widget), s)
}

// NameOf is the accessible name of a widget.
func NameOf(widget gtk.IWidget) string { return C.GoString(C.get_name(nativeOf(widget))) }

// OnAnyPress calls f at every press anywhere in the widget, before the widgets inside see it. The gesture returned must
// be kept as long as the widget.
func OnAnyPress(widget gtk.IWidget, f func()) *glib.Object {
	gesture := glib.Take(C.new_capture(nativeOf(widget)))
	gesture.Connect("pressed", f)
	return gesture
}

// Underline marks the bytes from start to end of an entry's text as not yet decided; equal ends clear the mark.
func Underline(entry *gtk.Entry, start, end int) {
	C.underline(nativeOf(entry), C.int(start), C.int(end))
}

// LineHeight sets the leading of a label, as a factor of the font's own.
func LineHeight(label *gtk.Label, factor float64) {
	C.line_height(nativeOf(label), C.double(factor))
}

// EmptyClipboards takes every selection over, whoever has it, and lets it go.
func EmptyClipboards() { C.empty_clipboards() }

// OnlyKeys lets nothing be dropped on an entry and has it offer no emoji.
func OnlyKeys(entry *gtk.Entry) { C.only_keys(nativeOf(entry)) }

// RefusePopovers hides every popover as it is shown. Pages have none; an entry has one with cut, copy and paste, which a finger
// opens and nothing turns off.
func RefusePopovers() { C.refuse_popovers() }

// queueResize has a widget measured anew.
func queueResize(widget gtk.IWidget) { C.queue_resize(nativeOf(widget)) }

func nativeOf(widget gtk.IWidget) unsafe.Pointer { return unsafe.Pointer(widget.ToWidget().GObject) }
