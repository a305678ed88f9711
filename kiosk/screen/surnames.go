package screen

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// surnames are the usual family names, the most frequent first; those of two characters begin with one that is none by itself.
const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白" +
	"邹孟熊秦邱丘江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童" +
	"凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧阳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和" +
	"仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平" +
	"计索宣晋相初门云容敬来扈晁芮都普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况那宿鲜印逯隆茹诺战慕危玉银亢嵇公哈湛宾戎勾茅利於呼居揭干但尉冶斯元束檀衣信展阴昝智幸奉植衡富尧闭由"

// surnamesFirst puts those candidates that begin with a family name before others for the same letters and as long, the most frequent
// name first.
func surnamesFirst(all []Candidate) []Candidate {
	type group struct{ letters, length int }
	places := map[group][]int{}
	for i, c := range all {
		g := group{c.Letters, utf8.RuneCountInString(c.Text)}
		places[g] = append(places[g], i)
	}
	sorted := slices.Clone(all)
	for _, at := range places {
		mine := make([]Candidate, len(at))
		for i, place := range at {
			mine[i] = all[place]
		}
		slices.SortStableFunc(mine, func(a, b Candidate) int { return surnameRank(a.Text) - surnameRank(b.Text) })
		for i, place := range at {
			sorted[place] = mine[i]
		}
	}
	return sorted
}

// surnameRank is the place of the name's family name among them, behind all of them for none.
func surnameRank(name string) int {
	first, _ := utf8.DecodeRuneInString(name)
	if at := strings.IndexRune(surnames, first); at >= 0 {
		return at
	}
	return len(surnames)
}
