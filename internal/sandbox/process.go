package sandbox

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
)

func processMessages() map[string]string {
	return map[string]string{
		"status.required":              "Status is required",
		"status.in":                    "Status must be either completed or rejected",
		"rejection_reason.required_if": "Rejection reason is required when status is rejected",
		"rejection_reason.max":         "Rejection reason cannot exceed 500 characters",
		"final_reward_amount.min":      "Final reward amount cannot be negative",
		"admin_notes.max":              "Admin notes cannot exceed 1000 characters",
	}
}

// processDeposit completes or rejects any deposit for any signed-in user, the own one included, as the platform does.
// final_reward_amount and admin_notes are checked and then ignored.
func processDeposit(c *call) (reply, error) {
	errs, err := c.validate(processMessages(),
		must("status", required(), isString(), oneOf("completed", "rejected")),
		must("rejection_reason", requiredIf("status", "rejected"), isString(), atMost(500)),
		must("final_reward_amount", nullable, isNumeric(), atLeast(0)),
		must("admin_notes", nullable, isString(), atMost(1000)))
	if err != nil {
		return reply{}, err
	}
	if errs != nil {
		return c.invalidForm(errs), nil
	}
	id, refusal := c.id()
	if refusal != nil {
		return *refusal, nil
	}
	d, err := scanDeposit(c.tx.QueryRow("SELECT "+depositColumns+" FROM deposits WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		return c.depositMissing(id), nil
	}
	if err != nil {
		return reply{}, err
	}
	return c.finishDeposit(d)
}

func (c *call) depositMissing(id int64) reply {
	answer := envelope{
		Message: "Failed to process deposit", Error: missing("Deposit", id),
		Debug: map[string]any{"error_file": "/platform/Eloquent/Builder.php", "error_line": 615,
			"deposit_id": id, "user_id": c.user.id},
	}
	return reply{status: http.StatusInternalServerError, body: answer}
}

// missing is the text of the exception that most of the platform's controllers show for an unknown id.
func missing(model string, id int64) string {
	return fmt.Sprintf(`No query results for model [App\Models\%s] %d`, model, id)
}

// finishDeposit pays whoever read an open deposit: like the platform it takes no lock between reading and paying.
func (c *call) finishDeposit(d deposit) (reply, error) {
	if d.Status != "pending" && d.Status != "processing" {
		return reply{status: http.StatusBadRequest, body: envelope{
			Message: "Deposit is not in pending or processing status",
			Debug: map[string]any{"current_status": d.Status,
				"allowed_statuses": []string{"pending", "processing"}},
		}}, nil
	}
	if err := c.window(fmt.Sprint("deposit ", d.ID)); err != nil {
		return reply{}, err
	}
	status, at := c.input.str("status"), c.now.Unix()
	_, err := c.tx.Exec(`UPDATE deposits SET status = ?, rejection_reason = ?, processed_at = ?, updated_at = ?
		WHERE id = ?`, status, c.input.text("rejection_reason"), at, at, d.ID)
	if err != nil {
		return reply{}, err
	}
	if status == "completed" && d.UserID != nil {
		if err := c.credit(*d.UserID, d); err != nil {
			return reply{}, err
		}
	}
	answer := ok("Deposit processed successfully", map[string]any{
		"deposit_id": d.ID, "status": status, "reward_amount": d.RewardAmount, "processed_at": stamp(at),
	})
	body := answer.body.(envelope)
	body.Debug = map[string]any{"user_id": d.UserID, "waste_type": d.WasteType, "ai_confidence": d.AIConfidence}
	answer.body = body
	return answer, nil
}

// credit pays a deposit's reward to its owner and writes the transaction that says so.
func (c *call) credit(owner int64, d deposit) error {
	account, err := c.balanceOf(owner)
	if err != nil {
		return err
	}
	amount := amountOf(d.RewardAmount)
	after := account.amount.Add(amount)
	if _, err := c.tx.Exec("UPDATE balances SET balance = ? WHERE user_id = ?", after.StringFixed(4), owner); err != nil {
		return err
	}
	return insertTransaction(c.tx, transaction{
		userID: owner, kind: "credit", amount: amount, before: account.amount, after: after,
		description: rewardDescription(d), sourceType: depositSource, sourceID: d.ID, createdAt: c.now.Unix(),
	})
}
