package vision

// SameObject says whether two boxes lie on one object: they cover each other well, or one lies nearly whole inside the other. It is
// the rule by which Items groups boxes.
func SameObject(a, b Box) bool { return sameObject(a, b) }

// PerhapsOne says whether so much of the smaller of two boxes is covered by the other that nobody can tell from this picture whether
// they are one object or two.
func PerhapsOne(a, b Box) bool { return covered(a, b) >= perhapsInside }
