package track

import "math"

// assigner solves the assignment problem: which of n rows belongs to which of m columns so that the sum of the costs is smallest
// (Kuhn 1955 and Munkres 1957, here with shortest augmenting paths and potentials, O(n²·m)).
//
// Greedy matching, best overlap first, is simpler and wrong where it matters: of two bottles that pass each other the better
// overlap may take the one box that the other bottle needs, and a bottle that finds no box becomes a new item, which is paid again.
type assigner struct {
	cost            []float64
	rows, columns   int
	u, v, least     []float64
	owner, way, row []int
	used            []bool
}

func newAssigner(most int) *assigner {
	floats := func() []float64 { return make([]float64, most+1) }
	return &assigner{cost: make([]float64, most*most), u: floats(), v: floats(), least: floats(),
		owner: make([]int, most+1), way: make([]int, most+1), row: make([]int, most+1), used: make([]bool, most+1)}
}

// reset begins a problem in which every pair costs 0, which stands for leaving both alone.
func (a *assigner) reset(rows, columns int) {
	a.rows, a.columns = rows, columns
	clear(a.cost[:rows*columns])
}

// set gives a pair its cost. A pair that is allowed costs less than 0.
func (a *assigner) set(row, column int, cost float64) { a.cost[row*a.columns+column] = cost }

func (a *assigner) at(i, j int) float64 {
	if a.rows <= a.columns {
		return a.cost[(i-1)*a.columns+j-1]
	}
	return a.cost[(j-1)*a.columns+i-1]
}

// solve calls match for every pair of the best assignment that costs less than 0.
func (a *assigner) solve(match func(row, column int)) {
	n, m := min(a.rows, a.columns), max(a.rows, a.columns)
	if n == 0 {
		return
	}
	clear(a.u[:n+1])
	clear(a.v[:m+1])
	clear(a.owner[:m+1])
	for i := 1; i <= n; i++ {
		a.augment(i, m)
	}
	for j := 1; j <= m; j++ {
		i := a.owner[j]
		if i == 0 || a.at(i, j) >= 0 {
			continue
		}
		if a.rows <= a.columns {
			match(i-1, j-1)
		} else {
			match(j-1, i-1)
		}
	}
}

// augment finds the cheapest way to give row i a column, moving others where that pays. Columns count from 1; 0 is where the way
// begins.
func (a *assigner) augment(i, m int) {
	a.owner[0] = i
	for j := range m + 1 {
		a.least[j], a.used[j] = math.Inf(1), false
	}
	j := 0
	for a.owner[j] != 0 {
		j = a.step(j, m)
	}
	for j != 0 {
		a.owner[j] = a.owner[a.way[j]]
		j = a.way[j]
	}
}

// step takes the column at the end of the way into the tree and gives the next one.
func (a *assigner) step(j0, m int) (next int) {
	a.used[j0] = true
	i0, delta := a.owner[j0], math.Inf(1)
	for j := 1; j <= m; j++ {
		if a.used[j] {
			continue
		}
		if reduced := a.at(i0, j) - a.u[i0] - a.v[j]; reduced < a.least[j] {
			a.least[j], a.way[j] = reduced, j0
		}
		if a.least[j] < delta {
			delta, next = a.least[j], j
		}
	}
	for j := range m + 1 {
		if a.used[j] {
			a.u[a.owner[j]] += delta
			a.v[j] -= delta
		} else {
			a.least[j] -= delta
		}
	}
	return next
}
