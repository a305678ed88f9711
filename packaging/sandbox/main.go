// Keyhall-sandbox runs a whole service hall on one machine: see package house.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"keyhall/packaging/sandbox/customers"
	"keyhall/packaging/sandbox/house"
)

type commands struct {
	Run         runCmd         `cmd:"" help:"Start the hall; Ctrl-C stops it."`
	Reset       resetCmd       `cmd:"" help:"Throw the hall's data away."`
	Play        playCmd        `cmd:"" help:"Play a story in a hall of its own: lost-key, check-key."`
	Screenshots screenshotsCmd `cmd:"" help:"Draw every screen and every console page."`
	Bench       benchCmd       `cmd:"" help:"Measure, in ratios and percentiles."`
	Soak        soakCmd        `cmd:"" help:"Make keys while the kiosk is killed again and again."`
	SoakChild   soakChildCmd   `cmd:"" hidden:""`

	Dir string `default:".run" type:"path" help:"Where the hall keeps its data."`
	Bin string `default:"bin" type:"path" help:"Where the programs are."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parser := kong.Parse(&c, kong.Name("keyhall-sandbox"), kong.BindTo(ctx, (*context.Context)(nil)), kong.UsageOnError())
	if err := parser.Run(&c); err != nil {
		fmt.Fprintln(os.Stderr, "keyhall-sandbox:", err)
		stop()
		os.Exit(1)
	}
}

type runCmd struct {
	Width  int `help:"Width of the kiosk's window, px; full screen when missing."`
	Height int `help:"Height of the kiosk's window, px."`
	Kiosks int `default:"1" enum:"1,2" help:"2: another one in a second hall."`
}

// Run starts everything, tells where it is and waits for Ctrl-C.
func (r runCmd) Run(ctx context.Context, c *commands) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	options := house.Options{Dir: c.Dir, Bin: c.Bin, Ports: house.DefaultPorts(), Log: log, Keys: customers.HubKeys, Past: customers.Demo()}
	options.Kiosk = house.KioskOptions{Display: os.Getenv("DISPLAY"), Width: r.Width, Height: r.Height}
	h, err := house.Start(ctx, options)
	if err != nil {
		return err
	}
	defer h.Stop()
	if err := h.Lay(ctx, house.FirstDocument); err != nil {
		return err
	}
	if r.Kiosks > 1 {
		if _, err := h.Second(ctx, options.Kiosk); err != nil {
			return err
		}
	}
	for _, t := range h.Terminals() {
		if err := t.Start(ctx); err != nil {
			return err
		}
	}
	if err := h.Announce(); err != nil {
		return err
	}
	fmt.Print(welcome(h))
	group, ctx := errgroup.WithContext(ctx)
	for _, t := range h.Terminals() {
		group.Go(func() error { return t.Keep(ctx) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	fmt.Println("\n再见 Stopping …")
	return nil
}

// withoutTime keeps the start's lines short: they are for a person who sits before them.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func welcome(h *house.House) string {
	var kiosks, residents strings.Builder
	for _, t := range h.Terminals() {
		fmt.Fprintf(&kiosks, "  自助终端 Kiosk    %s   %s\n", cmp.Or(t.URL(), "在您的屏幕上 on your display"), t.Name())
	}
	for _, r := range h.Residents() {
		fmt.Fprintf(&residents, "    %s / %s   UKey %s   %s\n%s%s %s\n", r.Login, r.Password, numbers(r.Keys), r.Company.Name, "      ", r.Story, r.StoryEN)
	}
	return fmt.Sprintf(`
  Keyhall 服务大厅已开门 The hall is open. Ctrl-C 关门 closes it.

%s  后台 Console      %s   (%s)
  实验台 Bench      %s   插拔 UKey、放证件、看打印和短信 keys, documents, prints, text messages

  先试试 Try first:
    1. 终端 Kiosk: 新领证书 → 选择项目 → 注册 → 选择服务 … 打印登记表
    2. 实验台 Bench: 放上营业执照、身份证、盖章登记表 lay the documents on the glass, scan each at the kiosk
    3. 后台 Console: 审核材料、确认到账、批准 accept, confirm the transfer, approve; the code comes as a text message
    4. 实验台 Bench: 插入 UKey plug in a key; 终端 Kiosk: 输入授权码、设置密码 … 完成

  以前来过的客户 Customers who have been here before, PIN %s:
%s
  看一项业务自己办完 Watch a service play by itself: bin/keyhall-sandbox play new --slow

`, kiosks.String(), h.ConsoleURL(), h.Logins(), h.BenchURL(), customers.PIN, residents.String())
}

// numbers are keys of the hub, as a person reads them.
func numbers(keys []int) string { return strings.Trim(fmt.Sprint(keys), "[]") }

type resetCmd struct{}

// Run removes the data folder, if it is one of ours.
func (resetCmd) Run(c *commands) error {
	if _, err := os.Stat(c.Dir); os.IsNotExist(err) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "hub")); err != nil {
		return fmt.Errorf("%s does not look like a hall's data: %w", c.Dir, err)
	}
	house.EndLeftBehind(c.Dir)
	return os.RemoveAll(c.Dir)
}
