#pragma once

// The database: made when it is first needed, and anew when it is gone or of no use. Nothing in it
// is precious.

#include "backend/sqlite/side/session.hpp"
#include "base/logger.hpp"

#include <toril/result.hpp>

#include <functional>
#include <memory>
#include <string>

namespace toril::sqlite_side {

struct FileId;

/// "tors" as bytes: so that `file` and others know whose database it is.
inline constexpr std::int64_t side_application_id = 0x746f7273;
inline constexpr std::int64_t side_version = 1;

/// Threads: the worker only.
class SideFile {
public:
    SideFile(std::string path, Session& session, base::Logger log);
    ~SideFile();

    const std::string& path() const { return path_; }

    /// Whether it is open, and still the file at its path.
    bool is_current() const;

    /// Opens it, or makes it; what is no side file of this version is set aside. `is_shared`:
    /// whether other processes have it open, who may be of another version.
    /// REQUIRES: it is our turn.
    Status open(const std::function<bool()>& is_shared);
    /// Renames it, so that the next `open` makes another. REQUIRES: it is our turn.
    void set_aside(const std::string& why);
    void close();

private:
    enum class Content : unsigned char { none, ours, other_version, foreign };

    Result<Content> look();
    Status make();
    Status start_anew(const std::string& why);
    Status bring_to_this_boot();

    const std::string path_;
    Session& session_;
    const base::Logger log_;
    std::unique_ptr<FileId> opened_;  // null: it is not open
};

}  // namespace toril::sqlite_side
