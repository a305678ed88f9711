package customers

import (
	"context"
	"strings"

	"keyhall/packaging/sandbox/document"
	"keyhall/packaging/sandbox/house"
)

// The keys of the hub: before these come blank ones and the supervisor's, after them those that `play` uses.
const (
	firstDemoKey = house.StaffKey + 1
	FirstPlayKey = firstDemoKey + 6
	HubKeys      = FirstPlayKey + 3
)

// resident is a customer of the demonstration.
type resident struct {
	seed           uint64
	story, storyEN string
	service        string
	keys           []int
	after          func(ctx context.Context, h *house.House, r *house.Resident) error
}

// daysAgo is when the one whose certificate is over got it: it was good for a month, and the project's window is open for another one.
const daysAgo = 45

// Demo is what happened in the demonstration's hall before it opens.
func Demo() []house.Era {
	k := firstDemoKey
	before := []resident{
		{seed: 41, story: "证书已到期，仍在续期期限内：续期并延期", storyEN: "the certificate is over, inside the window: renew and extend", service: Trial, keys: []int{k}},
	}
	today := []resident{
		{seed: 42, story: "证书即将到期：登录后按提示续期", storyEN: "the certificate ends soon: log in, the kiosk offers to renew", service: Trial, keys: []int{k + 1}},
		{seed: 43, story: "密码已锁：办理解锁", storyEN: "the PIN is locked: unlock it", service: Year, keys: []int{k + 2}, after: locked},
		{seed: 44, story: "营业执照上的名称与证书不同：办理名称变更", storyEN: "the licence shows another name than the certificate: change it", service: Year, keys: []int{k + 3}, after: renamed},
		{seed: 45, story: "有两把 UKey：变更后逐把更新；或补办遗失的一把", storyEN: "two keys: change data on both, one after the other, or reissue one", service: Year, keys: []int{k + 4, k + 5}},
	}
	return []house.Era{{DaysAgo: daysAgo, Do: settle(before)}, {Do: settle(today)}}
}

func settle(all []resident) func(context.Context, *house.House) error {
	return func(ctx context.Context, h *house.House) error {
		for _, who := range all {
			r, err := Make(ctx, h, Customer{Company: document.NewCompany(who.seed), Service: who.service, Keys: who.keys})
			if err == nil && who.after != nil {
				err = who.after(ctx, h, &r)
			}
			if err != nil {
				return err
			}
			r.Story, r.StoryEN = who.story, who.storyEN
			if err := h.Settles(r); err != nil {
				return err
			}
		}
		return nil
	}
}

func locked(ctx context.Context, h *house.House, r *house.Resident) error {
	return Lock(ctx, h, r.Keys[0])
}

func renamed(_ context.Context, _ *house.House, r *house.Resident) error {
	r.Company.Name = Renamed(r.Company.Name)
	return nil
}

// Renamed is the name that a company has after it grew.
func Renamed(name string) string {
	return strings.TrimSuffix(name, "有限公司") + "集团有限公司"
}
