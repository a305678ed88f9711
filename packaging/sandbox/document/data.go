// Package document draws the papers that a customer would bring: a business licence, an identity card, a stamped form,
// a bank's remittance slip. All people and companies in it are made up, their numbers carry correct check characters,
// and every paper says that it is a sample. For tests and the sandbox.
package document

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"keyhall/backoffice/ra"
)

// Person is somebody who does not exist.
type Person struct {
	Name     string
	Female   bool
	Birth    time.Time
	Address  string
	IDNumber string
	Mobile   string
	Issuer   string // of the identity card
	From, To time.Time
}

// Company does not exist either.
type Company struct {
	Name       string
	CreditCode string
	Type       string
	Legal      Person
	Handler    Person
	Capital    string
	Founded    time.Time
	Address    string
	Scope      string
	Registrar  string
	Phone      string
	Bank       string
	Account    string
}

// place is a district with its GB/T 2260 code and its number plan.
type place struct{ code, province, city, district, phone string }

var (
	places = []place{
		{"330106", "浙江省", "杭州市", "西湖区", "0571"},
		{"310115", "", "上海市", "浦东新区", "021"},
		{"440305", "广东省", "深圳市", "南山区", "0755"},
		{"110108", "", "北京市", "海淀区", "010"},
		{"320505", "江苏省", "苏州市", "虎丘区", "0512"},
		{"510104", "四川省", "成都市", "锦江区", "028"},
	}
	companyWords = []string{"示例", "样例", "晨光", "远山", "清溪", "云帆", "明湖", "松石"}
	trades       = []string{"科技", "软件", "贸易", "建设工程", "文化传媒", "信息技术", "环保设备", "物流"}
	surnames     = []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙"}
	givenNames   = []string{"明远", "思齐", "晓雯", "建国", "雨桐", "志强", "静怡", "子涵", "海波", "若兰", "文博", "慧敏"}
	streets      = []string{"示例路", "样本街", "翠苑路", "文三路", "创新大道", "湖滨路"}
	banks        = []string{"示例银行", "样本银行", "演示商业银行"}
)

// NewCompany makes up a company with its legal representative and a handler. The same seed gives the same company.
func NewCompany(seed uint64) Company {
	r := rand.New(rand.NewPCG(seed, 0x6b657968616c6c)) // "keyhall"
	p := pick(r, places)
	short := strings.TrimSuffix(p.city, "市")
	c := Company{
		Name:       short + pick(r, companyWords) + pick(r, trades) + "有限公司",
		CreditCode: creditCode(r, p.code),
		Type:       "有限责任公司（自然人投资或控股）",
		Legal:      newPerson(r, p),
		Handler:    newPerson(r, p),
		Capital:    pick(r, []string{"壹佰万元整", "伍佰万元整", "壹仟万元整", "叁仟万元整"}),
		Founded:    date(2008+r.IntN(15), 1+r.IntN(12), 1+r.IntN(28)),
		Address:    fmt.Sprintf("%s%s%s%s %d 号 %d 幢 %d 室", p.province, p.city, p.district, pick(r, streets), 1+r.IntN(300), 1+r.IntN(9), 101+r.IntN(1500)),
		Scope: "技术服务、技术开发、技术咨询、技术交流、技术转让、技术推广；软件开发；信息系统集成服务；电子产品销售；办公设备销售；" +
			"会议及展览服务（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）。",
		Registrar: p.city + p.district + "市场监督管理局",
		Phone:     fmt.Sprintf("%s-8%07d", p.phone, r.IntN(10_000_000)),
		Bank:      pick(r, banks) + short + "支行",
		Account:   fmt.Sprintf("33%06d%09d", r.IntN(1_000_000), r.IntN(1_000_000_000)),
	}
	return c
}

func newPerson(r *rand.Rand, p place) Person {
	birth := date(1965+r.IntN(36), 1+r.IntN(12), 1+r.IntN(28))
	from := date(2018+r.IntN(6), 1+r.IntN(12), 1+r.IntN(28))
	female := r.IntN(2) == 1
	return Person{
		Name:     pick(r, surnames) + pick(r, givenNames),
		Female:   female,
		Birth:    birth,
		Address:  fmt.Sprintf("%s%s%s%s %d 号 %d 单元 %d 室", p.province, p.city, p.district, pick(r, streets), 1+r.IntN(300), 1+r.IntN(4), 101+r.IntN(800)),
		IDNumber: idNumber(r, p.code, birth, female),
		Mobile:   fmt.Sprintf("138%04d%04d", r.IntN(10_000), r.IntN(10_000)),
		Issuer:   p.city + "公安局" + strings.TrimSuffix(strings.TrimSuffix(p.district, "区"), "新") + "分局",
		From:     from,
		To:       from.AddDate(20, 0, 0),
	}
}

// idNumber follows GB 11643-1999: region, date of birth, a sequence that is odd for men, check character.
func idNumber(r *rand.Rand, region string, birth time.Time, female bool) string {
	sequence := 1 + 2*r.IntN(499)
	if female {
		sequence++
	}
	first17 := fmt.Sprintf("%s%s%03d", region, birth.Format("20060102"), sequence)
	return first17 + string(ra.IDCheck(first17))
}

// creditCode follows GB 32100-2015: an enterprise (91), its region, an organisation code, check character.
func creditCode(r *rand.Rand, region string) string {
	const letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for {
		body := []byte("MA")
		for len(body) < 8 {
			body = append(body, letters[r.IntN(len(letters))])
		}
		first17 := "91" + region + string(body) + organisationCheck(string(body))
		if check := ra.CreditCheck(first17); check != 0 {
			return first17 + string(check)
		}
	}
}

// organisationCheck is the ninth character of an organisation code (GB 11714-1997).
func organisationCheck(first8 string) string {
	sum := 0
	for i, weight := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		value := int(first8[i] - '0')
		if first8[i] >= 'A' {
			value = int(first8[i]-'A') + 10
		}
		sum += value * weight
	}
	return []string{"0", "X", "9", "8", "7", "6", "5", "4", "3", "2", "1"}[sum%11]
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func date(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}
