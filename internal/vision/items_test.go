package vision

import "testing"

func TestItemsAreObjectsNotBoxes(t *testing.T) {
	t.Parallel()
	det := func(label string, conf, x1, y1, x2, y2 float32) Detection {
		return Detection{Box: Box{x1, y1, x2, y2}, Confidence: conf, Label: label}
	}
	tests := []struct {
		name   string
		in     []Detection
		want   []string
		rivals []int
	}{
		{"nothing is nothing", nil, nil, nil},
		{"two labels on one object", []Detection{det("can", .8, 0, 0, 10, 10), det("bottle", .5, 0, 0, 10, 9)},
			[]string{"can"}, []int{1}},
		{"one label twice on one object, below the overlap of suppression",
			[]Detection{det("can", .8, 0, 0, 10, 10), det("can", .7, 0, 0, 10, 6)}, []string{"can"}, []int{1}},
		{"a box inside another", []Detection{det("bottle", .8, 0, 0, 10, 30), det("can", .7, 2, 2, 8, 9)},
			[]string{"bottle"}, []int{1}},
		{"neighbours that touch", []Detection{det("can", .8, 0, 0, 10, 10), det("can", .8, 10, 0, 20, 10)},
			[]string{"can", "can"}, []int{0, 0}},
		{"neighbours that overlap a little", []Detection{det("can", .8, 0, 0, 10, 10), det("bottle", .8, 7, 0, 17, 10)},
			[]string{"can", "bottle"}, []int{0, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := Items(tt.in)
			if len(got) != len(tt.want) {
				t.Fatalf("got %d items, want %d: %+v", len(got), len(tt.want), got)
			}
			for i, it := range got {
				if it.Label != tt.want[i] || len(it.Rivals) != tt.rivals[i] {
					t.Errorf("item %d: got %s with %d rivals, want %s with %d", i, it.Label, len(it.Rivals), tt.want[i], tt.rivals[i])
				}
			}
		})
	}
}

func TestNeighbourIsAnItemThatMayBeTheSameObject(t *testing.T) {
	t.Parallel()
	can := func(conf, x1, x2 float32) Detection {
		return Detection{Box: Box{x1, 0, x2, 10}, Confidence: conf, Label: "can"}
	}
	got := Items([]Detection{can(.9, 0, 10), can(.8, 4, 14), can(.7, 9, 19), can(.6, 30, 40)})
	if len(got) != 4 || got[0].Neighbour != nil || got[2].Neighbour == nil || got[3].Neighbour != nil {
		t.Fatalf("got %+v", got)
	}
	if got[1].Neighbour == nil || got[1].Neighbour.Confidence != .9 {
		t.Errorf("the box that is covered to six tenths has the neighbour %+v, want the strongest", got[1].Neighbour)
	}
}

func TestRivalIsACloseScoreOfAnotherKind(t *testing.T) {
	t.Parallel()
	never := func(string, string) bool { return false }
	it := Item{Detection: Detection{Label: "can", Confidence: .6},
		Rivals: []Detection{{Label: "bottle", Confidence: .45}, {Label: "jar", Confidence: .3}}}
	if r, close := it.Rival(never); !close || r.Label != "bottle" {
		t.Errorf("got %v %t, want the bottle", r, close)
	}
	if r, close := it.Rival(func(a, b string) bool { return b == "bottle" }); close {
		t.Errorf("got %v, want no rival: the jar is far behind and the bottle means the same", r)
	}
}
