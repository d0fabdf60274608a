package rvm

import (
	"encoding/json"
	"time"

	"github.com/myrvm/rvmctl/internal/commands/toolbox"
	"github.com/myrvm/rvmctl/internal/platform"
	"github.com/myrvm/rvmctl/internal/terminal"
)

// currency is what the platform's rewards are counted in.
const currency = "Rp"

// Record is one machine with everything that the platform tells of it.
type Record struct {
	ID               int64          `json:"id" doc:"number of the machine"`
	Name             string         `json:"name" doc:"name of the machine, unique on the platform"`
	Status           string         `json:"status" doc:"status that the platform stores"`
	Location         string         `json:"location" doc:"where the machine stands"`
	APIKey           string         `json:"api_key" doc:"key by which the machine identifies itself, ******** without --show-secrets"`
	AccessPIN        string         `json:"admin_access_pin,omitempty" doc:"PIN of remote access, ******** without --show-secrets, absent when there is none or this account may not see it"`
	RemoteAccess     *bool          `json:"remote_access_enabled" doc:"whether the platform lets people in from afar, null when this account may not see it"`
	KioskMode        *bool          `json:"kiosk_mode_enabled" doc:"whether the screen is locked to the kiosk, null when this account may not see it"`
	POSSettings      map[string]any `json:"pos_settings,omitempty" doc:"point-of-sale settings of the machine, as the platform keeps them"`
	Figures          *Figures       `json:"figures" doc:"counts, null when this account may not see them"`
	RecentDeposits   []Deposit      `json:"recent_deposits" doc:"up to five deposits, the newest first"`
	RecentSessions   []Session      `json:"recent_sessions" doc:"up to five sessions, the newest first"`
	LastStatusChange time.Time      `json:"last_status_change,omitzero" doc:"last change of the status through the platform's console; other changes leave it alone"`
	CreatedAt        time.Time      `json:"created_at,omitzero" doc:"when it was entered"`
	UpdatedAt        time.Time      `json:"updated_at,omitzero" doc:"when anything of it was last changed"`
}

// Figures are the counts of a machine.
type Figures struct {
	Deposits       int    `json:"deposits" doc:"deposits made at it"`
	Completed      int    `json:"completed_deposits" doc:"those that were paid"`
	Pending        int    `json:"pending_deposits" doc:"those that are pending; deposits in processing are not among them"`
	Rewards        string `json:"total_rewards_given" doc:"what was paid for them in rupiah, a decimal with two places as text"`
	Sessions       int    `json:"sessions" doc:"sessions opened at it"`
	ActiveSessions int    `json:"active_sessions" doc:"sessions that nobody claimed, those that expired included"`
}

// Deposit is a deposit in short.
type Deposit struct {
	ID        int64     `json:"id" doc:"number of the deposit"`
	UserID    *int64    `json:"user_id" doc:"number of the owner, null when there is none"`
	Status    string    `json:"status" doc:"pending, processing, completed or rejected"`
	Reward    string    `json:"reward_amount" doc:"reward in rupiah, a decimal with two places as text"`
	CreatedAt time.Time `json:"created_at,omitzero" doc:"when the platform stored it"`
}

// Session is a session in short; the platform does not tell its token here.
type Session struct {
	UserID    *int64    `json:"user_id" doc:"number of the user who claimed it, null when nobody did"`
	State     string    `json:"state" doc:"active, claimed, guest or expired; expiry is computed here"`
	CreatedAt time.Time `json:"created_at,omitzero" doc:"when it was opened"`
	ExpiresAt time.Time `json:"expires_at,omitzero" doc:"until when it could be claimed"`
}

func newRecord(m platform.RVM, secrets bool, now time.Time) Record {
	r := Record{
		ID: m.ID, Name: m.Name, Status: m.Status, Location: m.LocationDescription, APIKey: toolbox.Shown(m.APIKey, secrets),
		AccessPIN: toolbox.Shown(m.AdminAccessPIN, secrets), RemoteAccess: m.RemoteAccess, KioskMode: m.KioskMode, POSSettings: toolbox.ShownObject(m.POSSettings, secrets),
		RecentDeposits: []Deposit{}, RecentSessions: []Session{}, LastStatusChange: m.LastStatusChange,
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
	}
	if f := m.Statistics; f != nil {
		r.Figures = &Figures{f.Deposits, f.CompletedDeposits, f.PendingDeposits, f.TotalRewardsGiven.StringFixed(2), f.Sessions, f.ActiveSessions}
	}
	for _, d := range m.RecentDeposits {
		r.RecentDeposits = append(r.RecentDeposits, Deposit{d.ID, d.UserID, d.Status, d.RewardAmount.StringFixed(2), d.CreatedAt})
	}
	for _, s := range m.RecentSessions {
		state := platform.Session{Status: s.Status, UserID: s.UserID, ExpiresAt: s.ExpiresAt}.State(now)
		r.RecentSessions = append(r.RecentSessions, Session{s.UserID, state, s.CreatedAt, s.ExpiresAt})
	}
	return r
}

// Text shows everything, a field a line, then the recent deposits and sessions, one a line.
func (r Record) Text(p *terminal.Page) {
	fields := []string{"rvm", toolbox.Number(r.ID), "name", r.Name, "status", r.Status, "location", toolbox.Or(r.Location, "-"),
		"api key", toolbox.Or(r.APIKey, toolbox.Unsaid)}
	if r.RemoteAccess != nil {
		fields = append(fields, "access pin", toolbox.Or(r.AccessPIN, "none"), "remote access", onOff(r.RemoteAccess), "kiosk mode", onOff(r.KioskMode))
	}
	if len(r.POSSettings) > 0 {
		fields = append(fields, "pos settings", compact(r.POSSettings))
	}
	if f := r.Figures; f != nil {
		fields = append(fields, "deposits", toolbox.Number(f.Deposits), "completed", toolbox.Number(f.Completed), "pending", toolbox.Number(f.Pending),
			"rewards", currency+" "+f.Rewards, "sessions", toolbox.Number(f.Sessions), "unclaimed", toolbox.Number(f.ActiveSessions))
	}
	if !r.LastStatusChange.IsZero() {
		fields = append(fields, "status changed", p.Time(r.LastStatusChange)+" (through the console)")
	}
	p.Fields(append(fields, "entered", p.Time(r.CreatedAt), "changed", p.Time(r.UpdatedAt))...)
	r.recent(p)
}

func (r Record) recent(p *terminal.Page) {
	var deposits, sessions [][]string
	for _, d := range r.RecentDeposits {
		deposits = append(deposits, []string{"deposit", toolbox.Number(d.ID), d.Status, d.Reward, user(d.UserID), p.Time(d.CreatedAt)})
	}
	for _, s := range r.RecentSessions {
		sessions = append(sessions, []string{"session", s.State, user(s.UserID), p.Time(s.CreatedAt), p.Time(s.ExpiresAt)})
	}
	if p.ForPeople() && len(deposits)+len(sessions) > 0 {
		p.Line("")
	}
	p.Table([]string{"RECENT", "ID", "STATUS", "REWARD (" + currency + ")", "USER", "CREATED"}, deposits)
	p.Table([]string{"RECENT", "STATE", "USER", "OPENED", "EXPIRES"}, sessions)
}

func user(id *int64) string {
	if id == nil {
		return "-"
	}
	return toolbox.Number(*id)
}

func onOff(b *bool) string {
	switch {
	case b == nil:
		return toolbox.Unsaid
	case *b:
		return "on"
	}
	return "off"
}

// compact is a foreign value as one line of JSON.
func compact(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return toolbox.Unsaid
	}
	return string(raw)
}
