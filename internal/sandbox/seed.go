package sandbox

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// Account is a demo user as somebody who tries the sandbox needs to know it; the password is DemoPassword.
type Account struct {
	ID    int
	Name  string
	Email string
	// Role is the role's name: Super Admin, Admin, Tenant or User.
	Role string
}

// Machine is one reverse vending machine of the sandbox.
type Machine struct {
	ID     int
	Name   string
	Status string
}

type demoUser struct {
	name, email  string
	role, tenant int
}

var demoRoles = [][2]string{{"Super Admin", "super-admin"}, {"Admin", "admin"}, {"Tenant", "tenant"}, {"User", "user"}}

var demoTenants = []string{"Mall Kelapa Gading", "Plaza Senayan", "Grand Indonesia"}

var demoUsers = []demoUser{
	{"Super Admin", "admin@myrvm.com", 1, 0},
	{"Admin", "admin2@myrvm.com", 2, 0},
	{"Operator", "operator@myrvm.com", 2, 0},
	{"Manager Mall Kelapa Gading", "manager@mallkelapagading.com", 3, 1},
	{"Manager Plaza Senayan", "manager@plazasenayan.com", 3, 2},
	{"Manager Grand Indonesia", "manager@grandindonesia.com", 3, 3},
	{"John Doe", "john.doe@example.com", 4, 0},
	{"Jane Smith", "jane.smith@example.com", 4, 0},
	{"Ahmad Wijaya", "ahmad.wijaya@example.com", 4, 0},
	{"Siti Nurhaliza", "siti.nurhaliza@example.com", 4, 0},
	{"Budi Santoso", "budi.santoso@example.com", 4, 0},
}

type demoMachine struct {
	place, status string
	kiosk         bool
	changedHours  int64 // before the seeding
}

var demoMachines = []demoMachine{
	{"Lantai 1, dekat Food Court - Mall Kelapa Gading", "active", true, 22 * 24},
	{"Lantai 2, dekat Cinema - Mall Kelapa Gading", "active", true, 29 * 24},
	{"Lantai 1, dekat Entrance - Plaza Senayan", "maintenance", false, 3},
	{"Lantai 3, dekat Food Court - Plaza Senayan", "active", true, 12 * 24},
	{"Lantai 1, dekat Lobby - Grand Indonesia", "full", true, 11},
}

// seed puts the demo data into an empty database and leaves any other alone.
func (s *Server) seed() error {
	return s.store.update(context.Background(), func(tx *sql.Tx) error {
		users, err := count(tx, "SELECT count(*) FROM users")
		if err != nil || users > 0 {
			return err
		}
		at := s.now().Unix()
		for _, fill := range []func(*sql.Tx, int64) error{seedPeople, seedMachines, seedBalances} {
			if err := fill(tx, at); err != nil {
				return err
			}
		}
		// The real demo data has handed out one token already: the first login gets number 2.
		_, err = tx.Exec("INSERT INTO sqlite_sequence (name, seq) VALUES ('tokens', 1)")
		return err
	})
}

func seedPeople(tx *sql.Tx, at int64) error {
	for i, role := range demoRoles {
		if _, err := tx.Exec("INSERT INTO roles VALUES (?, ?, ?)", i+1, role[0], role[1]); err != nil {
			return err
		}
	}
	for _, name := range demoTenants {
		if _, err := tx.Exec("INSERT INTO tenants (name, created_at) VALUES (?, ?)", name, at); err != nil {
			return err
		}
	}
	hash, err := hashPassword(DemoPassword) // once for all: they share it anyway
	if err != nil {
		return err
	}
	for _, u := range demoUsers {
		if _, err := tx.Exec(`INSERT INTO users (name, email, email_verified_at, password, role_id, tenant_id,
			created_at, updated_at) VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, ?)`,
			u.name, u.email, at, hash, u.role, u.tenant, at, at); err != nil {
			return err
		}
	}
	return nil
}

func seedMachines(tx *sql.Tx, at int64) error {
	for i, m := range demoMachines {
		n := i + 1
		pos := `{"auto_accept_deposits":` + fmt.Sprint(m.status == "active") +
			`,"notification_enabled":true,"maintenance_mode":` + fmt.Sprint(m.status == "maintenance") + `}`
		if _, err := tx.Exec(`INSERT INTO rvms (name, location_description, status, api_key, last_status_change,
			admin_access_pin, kiosk_mode_enabled, pos_settings, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			fmt.Sprintf("RVM-%03d", n), m.place, m.status, fmt.Sprintf("RVM_%03d_%s", n, randomHex(4)),
			at-m.changedHours*3600, fmt.Sprint(1000+n), m.kiosk, pos, at, at); err != nil {
			return err
		}
	}
	return nil
}

// seedBalances gives everybody some history: 50 transactions in all, no two users alike, every balance positive.
func seedBalances(tx *sql.Tx, at int64) error {
	perUser := []int{4, 5, 4, 5, 4, 5, 5, 5, 4, 5, 4}
	for i, transactions := range perUser {
		user := i + 1
		balance := decimal.NewFromInt(int64(10000 + 1500*user))
		for n := range transactions {
			amount := decimal.NewFromInt(int64(250 + 125*((user*7+n*5)%17)))
			kind, after := "credit", balance.Add(amount)
			if n > 0 { // one reward, then vouchers bought with what was there before
				kind, after = "debit", balance.Sub(amount)
			}
			if err := insertTransaction(tx, transaction{
				userID: int64(user), kind: kind, amount: amount, before: balance, after: after,
				description: demoDescription(kind), sourceType: demoSource(kind), sourceID: int64(n + 1),
				createdAt: at - int64((transactions-n)*5*86400),
			}); err != nil {
				return err
			}
			balance = after
		}
		if _, err := tx.Exec("INSERT INTO balances VALUES (?, ?, 'IDR_POIN')", user, balance.StringFixed(4)); err != nil {
			return err
		}
	}
	return nil
}

func demoDescription(kind string) string {
	if kind == "credit" {
		return "Reward dari deposit botol plastik"
	}
	return "Penukaran voucher"
}

func demoSource(kind string) string {
	if kind == "credit" {
		return `App\Models\Deposit`
	}
	return `App\Models\Voucherredemption`
}

// randomHex returns n random bytes as capital hexadecimal digits.
func randomHex(n int) string { return strings.ToUpper(hex.EncodeToString([]byte(randomText(n)))) }

// Accounts lists the users, demo users first; nil when the database cannot be read.
func (s *Server) Accounts() []Account {
	return list(s, func(row scanner) (a Account, err error) {
		err = row.Scan(&a.ID, &a.Name, &a.Email, &a.Role)
		return a, err
	}, "SELECT u.id, u.name, u.email, r.name FROM users u JOIN roles r ON r.id = u.role_id ORDER BY u.id")
}

// Machines lists the reverse vending machines by id; nil when the database cannot be read.
func (s *Server) Machines() []Machine {
	return list(s, func(row scanner) (m Machine, err error) {
		err = row.Scan(&m.ID, &m.Name, &m.Status)
		return m, err
	}, "SELECT id, name, status FROM rvms ORDER BY id")
}

func list[T any](s *Server, scan func(scanner) (T, error), query string) (all []T) {
	_ = s.store.update(context.Background(), func(tx *sql.Tx) (err error) {
		all, err = rows(tx, scan, query)
		return err
	})
	return all
}
