package sandbox

// applicationID marks a SQLite file as a sandbox's ("RVMS"); schemaVersion counts its layouts.
const (
	applicationID = 0x52564d53
	schemaVersion = 2
)

// schema keeps times as whole Unix seconds, as coarse as the platform's own, and amounts as decimal text, because
// money never passes through a float.
const schema = `
PRAGMA application_id = 0x52564d53;
CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL UNIQUE);
CREATE TABLE tenants (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, description TEXT,
  is_active INTEGER NOT NULL DEFAULT 1, created_at INTEGER NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE,
  email_verified_at INTEGER, password TEXT NOT NULL, role_id INTEGER REFERENCES roles(id),
  tenant_id INTEGER REFERENCES tenants(id), created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE tokens (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users(id),
  hash TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL);
CREATE TABLE rvms (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, location_description TEXT,
  status TEXT NOT NULL, api_key TEXT NOT NULL UNIQUE, last_status_change INTEGER, admin_access_pin TEXT,
  remote_access_enabled INTEGER NOT NULL DEFAULT 1, kiosk_mode_enabled INTEGER NOT NULL DEFAULT 1,
  pos_settings TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE rvm_sessions (id TEXT PRIMARY KEY, rvm_id INTEGER NOT NULL REFERENCES rvms(id),
  session_token TEXT NOT NULL UNIQUE, user_id INTEGER REFERENCES users(id), status TEXT NOT NULL,
  expires_at INTEGER NOT NULL, claimed_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX rvm_sessions_rvm ON rvm_sessions (rvm_id);
CREATE TABLE deposits (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER REFERENCES users(id),
  rvm_id INTEGER NOT NULL REFERENCES rvms(id), session_token TEXT, waste_type TEXT NOT NULL, weight TEXT NOT NULL,
  quantity INTEGER NOT NULL, quality_grade TEXT NOT NULL, ai_confidence TEXT NOT NULL, ai_analysis TEXT NOT NULL,
  reward_amount TEXT NOT NULL, status TEXT NOT NULL, rejection_reason TEXT, processed_at INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX deposits_user ON deposits (user_id, created_at);
CREATE INDEX deposits_rvm ON deposits (rvm_id, created_at);
CREATE TABLE balances (user_id INTEGER PRIMARY KEY REFERENCES users(id), balance TEXT NOT NULL, currency TEXT NOT NULL);
CREATE TABLE transactions (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL REFERENCES users(id),
  type TEXT NOT NULL, amount TEXT NOT NULL, balance_before TEXT NOT NULL, balance_after TEXT NOT NULL,
  description TEXT NOT NULL, source_type TEXT NOT NULL, source_id INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE INDEX transactions_user ON transactions (user_id, created_at);
CREATE TABLE processing_engines (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, type TEXT NOT NULL,
  server_address TEXT NOT NULL, port INTEGER NOT NULL, gpu_memory_limit TEXT,
  docker_gpu_passthrough INTEGER NOT NULL, model_path TEXT, processing_timeout INTEGER NOT NULL,
  auto_failover INTEGER NOT NULL, is_active INTEGER NOT NULL, is_online INTEGER NOT NULL, last_ping_at INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE TABLE engine_rvm (rvm_id INTEGER NOT NULL REFERENCES rvms(id) ON DELETE CASCADE,
  processing_engine_id INTEGER NOT NULL REFERENCES processing_engines(id) ON DELETE CASCADE,
  priority TEXT NOT NULL DEFAULT 'primary', is_active INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (rvm_id, processing_engine_id));
CREATE TABLE detection_results (id INTEGER PRIMARY KEY AUTOINCREMENT,
  rvm_id INTEGER NOT NULL REFERENCES rvms(id) ON DELETE CASCADE, image_path TEXT, detections TEXT NOT NULL,
  status TEXT NOT NULL, processing_time TEXT, model_version TEXT, processing_type TEXT, priority TEXT,
  detected_at INTEGER, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
CREATE INDEX detection_results_rvm ON detection_results (rvm_id, created_at);
CREATE TABLE uploads (filename TEXT PRIMARY KEY, rvm_id INTEGER NOT NULL, mime_type TEXT NOT NULL,
  size INTEGER NOT NULL, sha256 TEXT NOT NULL, metadata TEXT, overwritten INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL, image BLOB NOT NULL);
CREATE TABLE metrics (id INTEGER PRIMARY KEY AUTOINCREMENT, rvm_id INTEGER NOT NULL REFERENCES rvms(id) ON DELETE CASCADE,
  system TEXT NOT NULL, application TEXT NOT NULL, network TEXT NOT NULL, created_at INTEGER NOT NULL);
CREATE INDEX metrics_rvm ON metrics (rvm_id, id);
`

// schemaTwo is what the second layout adds: the machines' own identities and what the friendly mode keeps.
const schemaTwo = `
PRAGMA user_version = 2;
CREATE TABLE device_tokens (hash TEXT PRIMARY KEY, rvm_id INTEGER NOT NULL REFERENCES rvms(id) ON DELETE CASCADE,
  ip_address TEXT NOT NULL, expires_at INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE TABLE rvm_devices (rvm_id INTEGER PRIMARY KEY REFERENCES rvms(id) ON DELETE CASCADE, device_name TEXT,
  software_version TEXT, ip_address TEXT, port INTEGER, timezone TEXT, latitude TEXT, longitude TEXT, claimed_at INTEGER);
CREATE TABLE remote_sessions (id INTEGER PRIMARY KEY AUTOINCREMENT,
  rvm_id INTEGER NOT NULL REFERENCES rvms(id) ON DELETE CASCADE, admin_id INTEGER NOT NULL REFERENCES users(id),
  ip_address TEXT NOT NULL, port INTEGER NOT NULL, access_type TEXT NOT NULL, minutes INTEGER NOT NULL, reason TEXT,
  status TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER);
CREATE INDEX remote_sessions_rvm ON remote_sessions (rvm_id, id);
CREATE TABLE device_commands (id INTEGER PRIMARY KEY AUTOINCREMENT,
  rvm_id INTEGER NOT NULL REFERENCES rvms(id) ON DELETE CASCADE, type TEXT NOT NULL, name TEXT NOT NULL,
  payload TEXT NOT NULL, status TEXT NOT NULL, simulated INTEGER NOT NULL, created_at INTEGER NOT NULL);
CREATE INDEX device_commands_rvm ON device_commands (rvm_id, id);
CREATE INDEX transactions_source ON transactions (source_type, source_id);
`
