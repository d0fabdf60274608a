package delivery

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/myrvm/rvmctl/internal/platform"
)

func no(status int) *platform.Error {
	return &platform.Error{Status: status, Message: "no", Method: "POST", Path: "/api/v2/deposits"}
}

func unsure(err error) error {
	return &platform.UncertainError{Method: "POST", Path: "/api/v2/deposits", Err: err}
}

func TestJudge(t *testing.T) {
	deposit, free := Asked{Kind: KindDeposit, Policy: Reconcile}, Asked{Kind: KindDeposit, Policy: Idempotent}
	decision := Asked{Kind: KindDecision, Policy: Reconcile, Wanted: platform.DepositCompleted}
	picture, status := Asked{Kind: KindPicture}, Asked{Kind: KindStatus}
	decided := no(400)
	decided.CurrentStatus = platform.DepositCompleted
	rejected := no(400)
	rejected.CurrentStatus = platform.DepositRejected
	maintenance := no(503)
	maintenance.RetryAfter = time.Minute
	page := &platform.NotPlatformError{Status: 200, Reason: "html instead of json"}
	for name, test := range map[string]struct {
		asked Asked
		err   error
		want  Judgement
	}{
		"confirmed":              {deposit, nil, Judgement{Verdict: Delivered}},
		"not connected":          {deposit, &platform.UnreachableError{Err: io.EOF}, Judgement{Verdict: Later, Blames: true, Away: true}},
		"given up before":        {deposit, &platform.UnreachableError{Err: context.Canceled}, Judgement{Verdict: Later}},
		"401":                    {deposit, no(401), Judgement{Verdict: Later, Pause: true, SignIn: true, Status: 401}},
		"403":                    {deposit, no(403), Judgement{Verdict: Later, Pause: true, Status: 403}},
		"404":                    {deposit, no(404), Judgement{Verdict: Later, Pause: true, Status: 404}},
		"405":                    {deposit, no(405), Judgement{Verdict: Later, Pause: true, Status: 405}},
		"419":                    {deposit, no(419), Judgement{Verdict: Later, Pause: true, Status: 419}},
		"302":                    {deposit, &platform.NotPlatformError{Status: 302}, Judgement{Verdict: Later, Pause: true, Status: 302}},
		"404 of a page":          {deposit, &platform.NotPlatformError{Status: 404}, Judgement{Verdict: Later, Pause: true, Status: 404}},
		"404 of a decision":      {decision, no(404), Judgement{Verdict: Never, Status: 404}},
		"405 of a decision":      {decision, no(405), Judgement{Verdict: Later, Pause: true, Status: 405}},
		"404 of a machine":       {status, no(404), Judgement{Verdict: Never, Status: 404}},
		"400":                    {deposit, no(400), Judgement{Verdict: Never, Status: 400}},
		"413":                    {picture, no(413), Judgement{Verdict: Never, Status: 413}},
		"422":                    {deposit, no(422), Judgement{Verdict: Never, Status: 422}},
		"409":                    {deposit, no(409), Judgement{Verdict: Never, Status: 409}},
		"409 with keys":          {free, no(409), Judgement{Verdict: Later, Status: 409}},
		"429":                    {deposit, no(429), Judgement{Verdict: Later, Blames: true, Status: 429}},
		"408":                    {deposit, no(408), Judgement{Verdict: Later, Blames: true, Status: 408}},
		"425":                    {deposit, no(425), Judgement{Verdict: Later, Blames: true, Status: 425}},
		"maintenance":            {deposit, maintenance, Judgement{Verdict: Later, Blames: true, Status: 503, After: time.Minute}},
		"500":                    {deposit, unsure(no(500)), Judgement{Verdict: Unknown, Blames: true, Status: 500}},
		"504 of a decision":      {decision, unsure(no(504)), Judgement{Verdict: Unknown, Blames: true, Status: 504}},
		"half an answer":         {deposit, unsure(io.ErrUnexpectedEOF), Judgement{Verdict: Unknown, Blames: true}},
		"2xx html":               {deposit, unsure(page), Judgement{Verdict: Unknown, Blames: true, Status: 200}},
		"given up during":        {deposit, unsure(context.Canceled), Judgement{Verdict: Unknown}},
		"lost with keys":         {free, unsure(io.EOF), Judgement{Verdict: Later, Blames: true}},
		"lost picture":           {picture, unsure(io.EOF), Judgement{Verdict: Later, Blames: true}},
		"lost status":            {status, unsure(no(500)), Judgement{Verdict: Later, Blames: true, Status: 500}},
		"decided as wanted":      {decision, decided, Judgement{Verdict: Delivered, Status: 400}},
		"decided otherwise":      {decision, rejected, Judgement{Verdict: Never, Status: 400}},
		"keys of a decision":     {Asked{Kind: KindDecision, Policy: Idempotent}, unsure(io.EOF), Judgement{Verdict: Unknown, Blames: true}},
		"limit":                  {deposit, &platform.LimitError{}, Judgement{Verdict: Never}},
		"source":                 {picture, &platform.SourceError{Err: io.EOF}, Judgement{Verdict: Never}},
		"plaintext":              {deposit, &platform.PlaintextError{}, Judgement{Verdict: Later, Pause: true}},
		"something else, money":  {deposit, errors.New("?"), Judgement{Verdict: Unknown, Pause: true}},
		"something else, status": {status, errors.New("?"), Judgement{Verdict: Later, Pause: true}},
	} {
		if got := Judge(test.asked, test.err); got != test.want {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}
