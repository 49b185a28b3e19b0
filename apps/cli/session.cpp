#include "session.hpp"

#include "printable.hpp"
#include "terminal.hpp"

#include <utility>

namespace toril::cli {
namespace {

// A command is over when its answer is printed: what is still under way is not waited for.
constexpr Millis close_deadline{1'000};

const Setting* find(const Settings& settings, std::string_view name) {
    for (const Setting& each : settings.all())
        if (each.name == name) return &each;
    return nullptr;
}

LogOptions log_options(const Settings& settings, const Session::Options& options) {
    LogOptions log{.level = log_level_from(settings.text("log-level")), .colour = options.colour};
    const bool is_chosen = find(settings, "log-level")->origin != "default";
    if (!options.is_service && !is_chosen) log.level = LogLevel::error;
    const std::string& format = settings.text("log-format");
    log.json = format == "json" || (format == "auto" && !is_terminal(stderr));
    return log;
}

std::string remedy(const Error& error, const Settings& settings) {
    const Setting& store = *find(settings, "store");
    switch (error.code()) {
        case ErrorCode::unavailable:
            return "; the store is " + store.value + " (from " + store.origin +
                   "): check that it is there, or choose another with --store or TORIL_STORE";
        case ErrorCode::unauthorized:
            return "; check the user name and password for " + store.value + " (from " +
                   store.origin + ")";
        case ErrorCode::outcome_unknown: return "; it may have happened: look before you repeat it";
        default: return "";
    }
}

}  // namespace

Session::Session(Settings settings, const Options& options)
    : settings_(std::move(settings)),
      out_(stdout, options.format, is_terminal(stdout)),
      logs_(log_options(settings_, options)) {
    for (const std::string& warning : settings_.warnings())
        std::fprintf(stderr, "toril: warning: %s\n", printable(warning).c_str());
}

Session::~Session() {
    if (store_) (void)store_->close(close_deadline);
}

Result<Store> Session::store(Millis command_timeout_max) {
    if (store_) return *store_;
    Result<Store> opened = open_store(settings_, {.log = logs_.sink()}, command_timeout_max);
    if (opened) store_ = *opened;
    return opened;
}

Result<Queue> Session::queue(std::string_view name) {
    Result<Store> opened = store();
    if (!opened) return opened.error();
    return Queue::open(*opened, name);
}

Result<Queue> Session::queue_with_spool(std::string_view name) {
    Result<Store> opened = store();
    if (!opened) return opened.error();
    const std::string& path = settings_.text("spool");
    if (path.empty()) return Queue::open(*opened, name);
    return Queue::open(*opened, name, {.spool = SpoolOptions{.path = path}});
}

void Session::say(std::string_view text) const {
    std::fprintf(stderr, "toril: %s\n", printable(text).c_str());
}

Exit Session::report(const Error& error) const {
    print_error(error.message() + remedy(error, settings_));
    return exit_for(error.code());
}

void print_error(std::string_view message) {
    std::fprintf(stderr, "toril: error: %s\n", printable(message).c_str());
}

}  // namespace toril::cli
