package platform

import "testing"

func TestMemoryKnowsBothUnits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		json string
		want Memory
		text string
	}{
		{`8`, 8192, "8 GB"}, {`"8"`, 8192, "8 GB"}, {`"8GB"`, 8192, "8 GB"}, {`"8 gb"`, 8192, "8 GB"},
		{`256`, 256 * 1024, "256 GB"}, {`512`, 512, "512 MB"}, {`"8192"`, 8192, "8 GB"}, {`"512MB"`, 512, "512 MB"},
		{`null`, 0, ""}, {`""`, 0, ""}, {`"lots"`, -1, ""}, {`-8`, -1, ""}, {`[]`, -1, ""}, {`99999999999`, -1, ""}, {`8.5`, -1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.json, func(t *testing.T) {
			t.Parallel()
			v, err := parseJSON([]byte(tt.json))
			if err != nil {
				t.Fatal(err)
			}
			var got Memory
			if err := got.fromWire(v); err != nil {
				got = -1
			}
			if got != tt.want || got >= 0 && got.String() != tt.text {
				t.Errorf("got %d %q, want %d %q", got, got, tt.want, tt.text)
			}
		})
	}
	if got := Gigabytes(8).GB(); got != 8 {
		t.Errorf("got %v GB, want 8", got)
	}
}
