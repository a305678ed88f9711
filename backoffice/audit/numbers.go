package audit

// numbers is which numbers of a series were seen. They come nearly in order, so little is held.
type numbers struct {
	upTo    int64 // all up to this were
	above   map[int64]bool
	excused map[int64]bool
}

// add reports whether a number is new.
func (n *numbers) add(number int64) bool {
	excused := n.excused[number]
	delete(n.excused, number)
	if number <= n.upTo { // an excused one was passed, and is there after all
		return excused
	}
	if n.above[number] {
		return false
	}
	if n.above == nil {
		n.above = map[int64]bool{}
	}
	n.above[number] = true
	n.close()
	return true
}

// excuse says that a number's line may be missing.
func (n *numbers) excuse(number int64) {
	if number <= n.upTo || n.above[number] {
		return
	}
	if n.excused == nil {
		n.excused = map[int64]bool{}
	}
	n.excused[number] = true
	n.close()
}

func (n *numbers) close() {
	for n.above[n.upTo+1] || n.excused[n.upTo+1] {
		n.upTo++
		delete(n.above, n.upTo)
	}
}

// missing is the first number that was not seen though a higher one was, and how many there are.
func (n *numbers) missing() (first, count int64) {
	if len(n.above) == 0 {
		return 0, 0
	}
	highest := n.upTo
	for number := range n.above {
		highest = max(highest, number)
	}
	for number := n.upTo + 1; number < highest; number++ {
		if !n.above[number] && !n.excused[number] {
			if count++; count == 1 {
				first = number
			}
		}
	}
	return first, count
}
