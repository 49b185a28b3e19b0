#include "backend/sqlite/schema.hpp"

#include "toril/sqlite/schema.hpp"

#include <array>

namespace toril::sqlite {
namespace {

// Step i makes version i + 1 from version i.
constexpr std::array<std::string_view, schema_version> steps{sql::v001, sql::v002, sql::v003};

Error refused(const std::string& path, const std::string& why) {
    return {ErrorCode::corrupt, "the store \"" + path + "\" " + why};
}

// Whose the database is, and how old. To be asked before anything is written to it.
Status check_owner(Database& db, const std::string& path, std::int64_t version) {
    const std::int64_t owner = db.number("PRAGMA application_id");
    const std::int64_t tables = db.number("SELECT count(*) FROM sqlite_schema");
    if (db.failed()) return db.failure();
    if (owner != application_id && (tables > 0 || owner != 0))
        return refused(path, "is a database of another program: choose another path");
    if (version > schema_version)
        return refused(path,
                       "has schema version " + std::to_string(version) +
                           ", and this toril knows only " + std::to_string(schema_version) +
                           ": use the newer toril that wrote it, or another path");
    return {};
}

}  // namespace

Status migrate(Database& db, const std::string& path) {
    const std::int64_t version = db.number("PRAGMA user_version");
    if (Status owner = check_owner(db, path, version); !owner) return owner;
    db.execute("PRAGMA journal_mode = WAL");
    if (version == schema_version) return db.failed() ? Status(db.failure()) : Status();
    db.execute("BEGIN IMMEDIATE");
    for (auto step = static_cast<std::size_t>(version); step < steps.size(); ++step)
        db.execute(steps[step]);
    db.execute("PRAGMA application_id = " + std::to_string(application_id));
    db.execute("PRAGMA user_version = " + std::to_string(schema_version));
    db.execute("COMMIT");
    // The ledger's id belongs into the database itself: a log that is lost later is missed by it.
    db.checkpoint(Database::Checkpoint::truncate);
    if (!db.failed()) return {};
    Error error = db.failure();
    db.roll_back();
    return error;
}

}  // namespace toril::sqlite
