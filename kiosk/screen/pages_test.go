package screen

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"keyhall/backoffice/ra"
	"keyhall/kiosk/screen/loop"
	"keyhall/kiosk/workflow"
)

// Every scene of the gallery can be shown, in both languages and orientations, without one GTK warning, and names every
// key it shows.
func TestEveryPageShows(t *testing.T) {
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}} {
		b := setupSize(t, size[0], size[1])
		for _, language := range languages() {
			b.main(func() { b.w.setLanguage(language) })
			for _, s := range scenes() {
				b.show(s.frame, s.page)
				b.main(func() {
					if w := b.w.win.GetAllocatedWidth(); w != size[0] {
						t.Errorf("%s in %s makes the window %d px wide, want %d", s.name, language, w, size[0])
					}
				})
			}
		}
	}
}

func TestLargeTextKeepsTheWidth(t *testing.T) {
	for _, size := range [][2]int{{1080, 1920}, {1920, 1080}} {
		t.Run(fmt.Sprint(size[0]), func(t *testing.T) {
			b := setupSize(t, size[0], size[1])
			b.main(func() { b.w.setLook(true, true) })
			b.main(func() { b.w.setLanguage("en") })
			first := scenes()[0] // what stood there before the letters grew may have widened the window for a moment
			b.show(first.frame, first.page)
			b.idle()
			b.until("a window as wide as before", func() bool { return b.w.win.GetAllocatedWidth() == size[0] })
			for _, s := range scenes() {
				b.keepsWidth(s, size[0], size[1])
			}
		})
	}
}

// keepsWidth shows a scene and wants the window to stay as wide as it was.
func (b *bench) keepsWidth(s scene, width, height int) {
	b.show(s.frame, s.page)
	idle := make(chan struct{})
	b.main(func() { loop.WhenIdle(func() { close(idle) }) })
	<-idle
	b.main(func() {
		if w := b.w.win.GetAllocatedWidth(); w != width {
			b.t.Errorf("%s makes the window %d px wide, want %d", s.name, w, width)
			b.w.win.Resize(width, height)
		}
	})
}

func sceneNamed(t *testing.T, name string) scene {
	t.Helper()
	all := scenes()
	i := slices.IndexFunc(all, func(s scene) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("no scene %q", name)
	}
	return all[i]
}

// What the buttons of each page tell.
func TestPagesTell(t *testing.T) {
	cases := []struct {
		scene string
		press []string
		want  []workflow.Action
	}{
		{"orders", []string{"我的证书"}, []workflow.Action{workflow.SeeCertificates{}}},
		{"certificates", []string{"查看已插入的 UKey", "按序列号查找", "显示更多", "单位证书（三年） 2104 0091 80B7 已过期", "待办业务"}, []workflow.Action{workflow.Go{},
			workflow.FindKey{}, workflow.SeeMore{}, workflow.OpenCertificate{ID: "3"}, workflow.SeeWork{}}},
		{"certificates-found", []string{"显示全部"}, []workflow.Action{workflow.SeeAll{}}},
		{"certificate-lost", []string{"解除挂失"}, []workflow.Action{workflow.RestoreLost{}}},
		{"certificate", []string{"挂失这把 UKey"}, []workflow.Action{workflow.ReportLost{}}},
		{"work", []string{"XH03-000131-6"}, []workflow.Action{workflow.OpenOrder{ID: "2"}}},
		{"projects", []string{"示例产权交易所"}, []workflow.Action{workflow.ChooseProject{ID: "third"}}},
		{"agreements", []string{"阅读全文 UKey 使用责任书", "我已阅读并同意 个人信息处理规则", "我已阅读并同意 电子认证服务协议"},
			[]workflow.Action{workflow.OpenAgreement{ID: "3"}, workflow.Agree{ID: "2", On: true}, workflow.Agree{ID: "1", On: false}}},
		{"agreement", []string{"我已阅读并同意"}, []workflow.Action{workflow.Go{}}},
		{"services", []string{"增加 单位证书（一年）", "减少 单位证书（三年）", "下一步"},
			[]workflow.Action{workflow.SetQuantity{ServiceID: "a", Quantity: 3}, workflow.SetQuantity{ServiceID: "b", Quantity: 0}, workflow.Go{}}},
		{"summary", []string{"修改 发票", "提交订单"}, []workflow.Action{workflow.Edit{Section: "invoice"}, workflow.Go{}}},
		{"print", []string{"打印"}, []workflow.Action{workflow.Print{}}},
		{"print-done", []string{"重新打印", "下一步"}, []workflow.Action{workflow.Print{}, workflow.Go{}}},
		{"print-failed", []string{"重新打印", "已有这一份"}, []workflow.Action{workflow.Print{}, workflow.Skip{}}},
		{"scan", []string{"营业执照", "扫描平板上的一页", "扫描进纸器", "旋转", "重扫这一页", "删除", "第 1 页"},
			[]workflow.Action{workflow.ChooseMaterial{Kind: ra.MaterialLicence}, workflow.Scan{Source: "flatbed"}, workflow.Scan{Source: "feeder"},
				workflow.Turn{}, workflow.Retake{Source: "flatbed"}, workflow.Drop{}, workflow.ShowPage{Index: 0}}},
		{"pay-scanned", []string{"扫描平板上的一页", "打印账户信息", "发送到我的手机", "稍后再办", "提交汇款凭证"},
			[]workflow.Action{workflow.Scan{Source: "flatbed"}, workflow.Print{}, workflow.SendAccount{}, workflow.Later{}, workflow.Go{}}},
		{"wait", []string{"我的订单"}, []workflow.Action{workflow.SeeOrders{}}},
		{"wait-approved", []string{"去制证"}, []workflow.Action{workflow.Go{}}},
		{"wait-returned", []string{"去扫描材料"}, []workflow.Action{workflow.Go{}}},
		{"orders", []string{"XH03-000127-8", "我的单位", "办理新领"},
			[]workflow.Action{workflow.OpenOrder{ID: "making"}, workflow.SeeMembers{}, workflow.NewApplication{}}},
		{"members", []string{"已同意的协议"}, []workflow.Action{workflow.SeeAgreed{}}},
		{"agreed", []string{"阅读全文 个人信息处理规则"}, []workflow.Action{workflow.OpenAgreed{ID: "2", Version: 1}}},
		{"members", []string{"长三角生态绿色一体化发展示范区样本建设工程咨询有限责任公司", "修改密码", "新增单位"},
			[]workflow.Action{workflow.ChooseMember{ID: "3"}, workflow.ChangePassword{}, workflow.AddOrganisation{}}},
		{"key", []string{"下一步"}, []workflow.Action{workflow.Go{}}},
		{"progress-stopped", []string{"重试"}, []workflow.Action{workflow.Go{}}},
		{"done", []string{"重新打印回执", "完成"}, []workflow.Action{workflow.Reprint{}, workflow.Go{}}},
		{"finished", []string{"我的订单", "重新打印回执", "完成"}, []workflow.Action{workflow.SeeOrders{}, workflow.Reprint{}, workflow.Go{}}},
		{"scan-moved", []string{"打印"}, []workflow.Action{workflow.Reprint{}}},
		{"form-code", []string{"重新发送授权码"}, []workflow.Action{workflow.SendCode{}}},
		{"notice-lose", []string{"继续填写", "不保存，离开"}, []workflow.Action{workflow.Go{}, workflow.GiveUp{}}},
		{"fault", []string{"重试"}, []workflow.Action{workflow.Retry{}}},
		{"notice", []string{"知道了"}, []workflow.Action{workflow.Go{}}},
	}
	b := setup(t)
	for _, c := range cases {
		s := sceneNamed(t, c.scene)
		b.show(s.frame, s.page)
		b.keys(c.press...)
		if got := b.take(); !slices.Equal(got, c.want) {
			t.Errorf("%s told %#v, want %#v", c.scene, got, c.want)
		}
	}
}

// What the pages say of faults and states.
func TestPagesSay(t *testing.T) {
	cases := map[string][]string{
		"scan-fault":    {said(t, ra.CodeScannerJam), "请重新扫描：看不清（背面反光）", "1 页 · 已通过"},
		"pay":           {"¥880.00", "1202 0203 0990 0012 345", "示例电子印章中心有限公司", "待付款"},
		"summary":       {"¥880.00", "单位证书（一年） × 2", "增值税专用发票", "现场领取"},
		"finished":      {"已完成", "3f8a21c09d17e44b3f8a21c09d17e44b", "2027-11-23", "有效", "已被新证书取代", "飞天 ePass2003"},
		"scan-back":     {"请将经办人身份证翻面，国徽面（背面）朝下放在扫描仪平板上，对齐左上角。"},
		"scan-moved":    {"请将业务登记表（盖章）正面朝下放在扫描仪平板上，对齐左上角。", "经办人身份证"},
		"form-insisted": {"您已确认证件上就是这样，工作人员会核对"},
		"pay-printed":   {"账户信息已打印，请取走", "重印账户信息"},
		"home-poor": {strings.Join([]string{word(t, "home.limit.printer"), word(t, "home.limit.scanner"), word(t, "home.limit.keys"), word(t, "home.limit.clock"),
			word(t, "home.limit.disk"), word(t, "home.limit.fonts"), word(t, "home.limit.pinyin")}, "\n")},
		"pay-scanned":      {"工作人员核对到账后即可制证，通常需要 1 至 2 个工作日。"},
		"form-code":        {"138****1234", "授权码不正确，请对照短信重新输入；还可以试 4 次"},
		"notice-forgot":    {"忘记密码"},
		"wait":             {"已等待 6 分钟 · 通常需要 10 分钟", "审核通过"},
		"key-wrong":        {"请插入一把空白 UKey", said(t, ra.CodeKeyNotBlank), "序列号 2104 0091 7801"},
		"key-going":        {"请插入要继续制作的 UKey", "有未完成的制作，可以继续"},
		"proof":            {"继续制作：确认身份", "登录"},
		"progress":         {"3.1 秒", "请不要拔出 UKey。即使意外拔出，也可以从这一步继续。写入过程约需 10 秒。", "第 1 把，共 3 把", "飞天 ePass2003"},
		"progress-stopped": {"写入已暂停", said(t, ra.CodeKeyPulled)},
		"done-more":        {"这把 UKey 已完成，还有 2 把", "请拔出 UKey", "正在打印回执"},
		"home-unfinished":  {"服务器暂时无法连接", said(t, ra.CodeOfficeAway)},
		"home-blocked":     {said(t, ra.CodeKioskBlocked)},
		"members":          {"当前单位", "已确认", "尚未确认", "示例产权交易所"},
		"orders-none":      {"长三角生态绿色一体化发展示范区样本建设工程咨询有限责任公司 · " + galleryProject.ZH},
		"projects-none":    {word(t, "projects.none", "query", "上海")},
		"fault":            {"错误代码：office_away"},
		"info":             {"0571-88880000", "¥1,280.00"},
	}
	b := setup(t)
	for name, words := range cases {
		s := sceneNamed(t, name)
		b.show(s.frame, s.page)
		t.Run(name, func(t *testing.T) {
			b.t = t
			b.mustSee(words...)
		})
	}
	b.t = t
}

// While a key is written to, nothing is said of whether it is blank; and what stopped the write is said once.
func TestProgressSaysNothingTwice(t *testing.T) {
	b := setup(t)
	s := sceneNamed(t, "progress-stopped")
	b.show(s.frame, s.page)
	b.mustSee(said(t, ra.CodeKeyPulled))
	for _, key := range []string{"key.blank", "key.carries", "key.waits"} {
		if b.seen(word(t, key)) {
			t.Errorf("the page says %q", word(t, key))
		}
	}
	for _, m := range withoutWords(s.page.(workflow.ProgressPage).Marks, s.page.(workflow.ProgressPage).Fault) {
		if m.Fault != nil {
			t.Errorf("%s says again what stands above it", m.ID)
		}
	}
}

// Nobody counts the keys of an order that is not known here: not while a key is waited for, nor while it is written to.
func TestNothingIsCountedOfNothing(t *testing.T) {
	b := setup(t)
	none := regexp.MustCompile(`(^|[^0-9.])0 把|[Kk]ey 0|of 0\b`)
	writing, stopped := galleryWriting(galleryKey())
	writing.Index, writing.Of, stopped.Index, stopped.Of = 0, 0, 0, 0
	all := append(scenes(), scene{name: "progress of a key found here", frame: galleryFrame(8), page: writing},
		scene{name: "the same, stopped", frame: galleryFrame(8), page: stopped})
	for _, language := range languages() {
		b.main(func() { b.w.setLanguage(language) })
		for _, s := range all {
			b.show(s.frame, s.page)
			for _, words := range b.words() {
				if none.MatchString(words) {
					t.Errorf("%s in %s says %q", s.name, language, words)
				}
			}
		}
	}
}

// From every page staff are found by one button of one name, whatever the screen's form, language and letters.
func TestStaffOnEveryPage(t *testing.T) {
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}} {
		b := setupSize(t, size[0], size[1])
		b.main(func() { b.w.setLook(true, true) })
		for _, language := range languages() {
			b.main(func() { b.w.setLanguage(language) })
			for _, s := range scenes() {
				if _, home := s.page.(workflow.HomePage); !s.frame.Staff && !home {
					continue // staff's own pages, and the one that tells of it
				}
				b.show(s.frame, s.page)
				b.take()
				b.press(mustWords(t, language).t("action.staff"))
				if got := b.take(); !slices.Equal(got, []workflow.Action{workflow.CallStaff{}}) {
					t.Errorf("%s in %s: told %#v", s.name, language, got)
				}
			}
		}
	}
}

// The foot stays where it is while a key is written to, stops and goes on: nothing moves under the finger.
func TestFootStaysWhileAKeyIsWritten(t *testing.T) {
	for _, size := range [][2]int{{1920, 1080}, {1080, 1920}} {
		b := setupSize(t, size[0], size[1])
		top := map[string]int{}
		for _, name := range []string{"key", "progress", "progress-stopped", "done"} {
			s := sceneNamed(t, name)
			b.show(s.frame, s.page)
			idle := make(chan struct{})
			b.main(func() { loop.WhenIdle(func() { close(idle) }) })
			<-idle
			b.main(func() { top[name] = b.w.foot.GetAllocation().GetY() })
		}
		for name, y := range top {
			if y != top["progress"] {
				t.Errorf("%v: the foot of %s begins at %d, of progress at %d", size, name, y, top["progress"])
			}
		}
	}
}

// The made-up pages have what the program's pages have.
func TestScenesAreTrue(t *testing.T) {
	t.Parallel()
	ids := []string{"login"}
	for _, f := range ra.OrganisationFields().Applying(ra.Organisation{}) {
		ids = append(ids, f.ID)
	}
	for _, f := range append(ra.LegalFields().Applying(ra.Person{}), ra.HandlerFields().Applying(ra.Person{})...) {
		ids = append(ids, f.ID)
	}
	var got []string
	for _, r := range sceneNamed(t, "form-check").page.(workflow.FormPage).Facts {
		if got = append(got, r.ID); strings.Contains(r.Value, "*") {
			t.Errorf("%s is masked where it is compared with the documents", r.ID)
		}
	}
	if !slices.Equal(got, ids) {
		t.Errorf("compared are %q, want %q", got, ids)
	}
	if p := sceneNamed(t, "form-pin").page.(workflow.FormPage); len(p.Facts) != 0 || p.Primary != "start" {
		t.Errorf("the PIN's form has %+v, %q", p.Facts, p.Primary)
	}
}

// What was confirmed is kept: nothing went wrong, and the customer may leave.
func TestPagesTellWhatIsKept(t *testing.T) {
	b := setup(t)
	for name, what := range map[string]string{"summary-kept": "order", "scan-kept": "papers", "pay-kept": "slip"} {
		s := sceneNamed(t, name)
		b.show(s.frame, s.page)
		b.mustSee(word(t, "kept."+what))
		if b.seen(said(t, ra.CodeOfficeAway)) {
			t.Errorf("%s tells of an error too", name)
		}
		if !strings.Contains(word(t, "kept."+what), "可以离开") {
			t.Errorf("kept.%s does not say that the customer may leave", what)
		}
	}
}

func TestRowsStayWhileTheyAreUpdated(t *testing.T) {
	b := setup(t)
	s := sceneNamed(t, "services")
	b.show(s.frame, s.page)
	var first *serviceRow
	b.main(func() { first = b.w.current.(*services).all.All[0] })
	page := s.page.(workflow.ServicesPage)
	page.Items[0].Quantity = 5
	b.show(s.frame, page)
	b.mustSee("5")
	b.main(func() {
		if b.w.current.(*services).all.All[0] != first {
			t.Error("a row was built anew under the finger")
		}
	})
}

func TestSearchTells(t *testing.T) {
	b := setup(t)
	s := sceneNamed(t, "projects")
	b.show(s.frame, s.page)
	b.main(func() { b.w.current.(*projects).query.entry.GrabFocusWithoutSelecting() })
	b.keys("中 / 英", "e")
	b.want(workflow.Type{Field: "query", Value: "e"})
}
