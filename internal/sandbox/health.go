package sandbox

import "net/http"

func healthRoutes(public guard) []route {
	return []route{
		on("GET", "up", public, up),
		on("GET", "", public, home),
		on("GET", "login", public, loginPage),
		on("GET", "api/health-check", public, healthCheck),
		on("GET", "api/status", public, liveness),
	}
}

// up is green whatever happens, as on the platform: it says nothing about the database.
func up(*call) (reply, error) {
	return reply{status: http.StatusOK, page: htmlPage("Application up")}, nil
}

func home(c *call) (reply, error) { return redirect(c.root() + "/login"), nil }

func loginPage(*call) (reply, error) {
	return reply{status: http.StatusOK, page: htmlPage("Log in")}, nil
}

func healthCheck(c *call) (reply, error) {
	machines, err := count(c.tx, "SELECT count(*) FROM rvms")
	if err != nil {
		return reply{}, err
	}
	return ok("MyRVM Platform is healthy", map[string]any{
		"status":    "healthy",
		"timestamp": microStamp(c.now),
		"server": map[string]any{
			"name": "MyRVM Platform (rvmctl sandbox)", "version": "2.0", "environment": "sandbox", "uptime": "n/a",
		},
		"database": map[string]any{"status": "connected", "connection": "sqlite"},
		"services": map[string]any{
			"api": "operational", "authentication": "operational", "metrics": "operational", "commands": "operational",
		},
		"rvm_support": map[string]any{"total_rvms": machines},
	}), nil
}

func liveness(c *call) (reply, error) {
	return ok("API is running", map[string]any{"status": "ok", "timestamp": microStamp(c.now)}), nil
}
