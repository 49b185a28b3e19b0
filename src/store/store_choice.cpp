#include "store/store_choice.hpp"

#include "store/setting_check.hpp"

#include <array>
#include <utility>

namespace toril::store {
namespace {

constexpr std::array<Level, 3> levels{Level::flag, Level::environment, Level::file};

bool is_redis(std::string_view url) {
    return url.starts_with("redis") || url.starts_with("valkey");
}

// Host and port of a URL, with the port that it means when it says none.
std::string host_and_port(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::string(url);
    std::string_view rest = url.substr(scheme + 3);
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos)
        rest.remove_prefix(at + 1);
    std::string authority(rest.substr(0, rest.find_first_of("/?")));
    const std::size_t bracket = authority.rfind(']');
    const std::size_t from = bracket == std::string::npos ? 0 : bracket;
    return authority.find(':', from) == std::string::npos ? authority + ":6379" : authority;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= 'a' && byte <= 'z') || c == '-' || c == '_' || c == '.';
        if (plain)
            encoded += c;
        else
            encoded.append({'%', digits[byte >> 4], digits[byte & 15u]});
    }
    return encoded;
}

class Chooser {
public:
    Chooser(std::span<const FoundSetting> found, const Environment& environment)
        : found_(found), environment_(environment) {}

    Result<StoreChoice> choose() {
        disabled_ = setting_boolean(get("redis.disabled").value);
        for (const Level level : levels) {
            if (Status s = consider_level(level); !s) return s.error();
            if (!choice_.url.empty()) break;
        }
        if (choice_.url.empty()) {
            if (Status s = use_default(); !s) return s.error();
        }
        add_flag_password();
        warn();
        return std::move(choice_);
    }

private:
    const FoundSetting& get(std::string_view name) const {
        for (const FoundSetting& each : found_)
            if (each.spec->name == name) return each;
        return found_.front();
    }

    Status consider_level(Level level) {
        if (const FoundSetting& store = get("store"); store.level == level)
            consider(store.value, store.origin, level);
        if (const FoundSetting& url = get("redis.url"); url.level == level)
            consider(url.value, url.origin, level);
        if (const FoundSetting& host = get("redis.host"); host.level == level) {
            Result<std::string> url = url_from_parts();
            if (!url) return url.error();
            from_parts_ = choice_.url.empty() && !disabled_;
            consider(*url, host.origin, level);
        }
        return {};
    }

    // The first that is usable stays.
    void consider(const std::string& url, const std::string& origin, Level level) {
        if (!choice_.url.empty()) return;
        if (disabled_ && is_redis(url) && level != Level::flag) {
            if (choice_.disabled_redis.empty()) choice_.disabled_redis = masked_url(url);
            return;
        }
        choice_.url = url;
        choice_.origin = origin;
    }

    Result<std::string> url_from_parts() const {
        for (const std::string_view name : {"redis.port", "redis.db"}) {
            const FoundSetting& part = get(name);
            if (Status s = check_setting(*part.spec, part.value); !s && !disabled_)
                return Error(
                    ErrorCode::invalid_argument,
                    std::string(name) + " (from " + part.origin + "): " + s.error().message());
        }
        std::string url = "redis://";
        const std::string& user = get("redis.username").value;
        const std::string& password = get("redis.password").value;
        if (!user.empty() || !password.empty()) {
            url += percent_encoded(user);
            if (!password.empty()) url += ":" + percent_encoded(password);
            url += "@";
        }
        const std::string& host = get("redis.host").value;
        const bool is_ip6 = host.find(':') != std::string::npos && !host.starts_with('[');
        url += is_ip6 ? "[" + host + "]" : host;
        return url + ":" + get("redis.port").value + "/" + get("redis.db").value;
    }

    Status use_default() {
        const auto look_up = [this](std::string_view name) {
            std::string value = environment_(name).value_or("");
            // The standards say that a path which is not absolute is to be ignored.
            return value.starts_with('/') ? value : std::string();
        };
        std::string folder = look_up("STATE_DIRECTORY");  // a service of systemd
        if (folder.empty()) {
            folder = look_up("XDG_STATE_HOME");
            if (folder.empty()) {
                const std::string home = look_up("HOME");
                if (!home.empty()) folder = home + "/.local/state";
            }
            if (!folder.empty()) folder += "/toril";
        }
        if (folder.empty())
            return Error(ErrorCode::invalid_argument,
                         "no store is set and there is no home folder to keep one in; give "
                         "--store URL or set TORIL_STORE");
        choice_.url = "sqlite:" + path_encoded(folder) + "/jobs.db";
        choice_.origin = "default";
        choice_.is_default = true;
        return {};
    }

    static std::string path_encoded(std::string_view path) {
        std::string encoded;
        for (const char c : path)
            encoded += c == '%' ? "%25" : c == '?' ? "%3F" : std::string(1, c);
        return encoded;
    }

    // A password that is a flag is meant for whatever Redis is used; one from elsewhere might
    // belong to another server, and is not shown to this one.
    void add_flag_password() {
        const FoundSetting& password = get("redis.password");
        const std::size_t scheme = choice_.url.find("://");
        if (password.level != Level::flag || !is_redis(choice_.url) || from_parts_ ||
            scheme == std::string::npos || choice_.url.find('@') != std::string::npos)
            return;
        choice_.url.insert(scheme + 3,
                           percent_encoded(get("redis.username").value) + ":" +
                               percent_encoded(password.value) + "@");
    }

    void warn() {
        const FoundSetting& url = get("redis.url");
        const FoundSetting& host = get("redis.host");
        const FoundSetting& port = get("redis.port");
        const bool both = url.level != Level::initial && host.level != Level::initial;
        if (both && !disabled_) {
            const std::string parts = host.value + ":" + port.value;
            if (host_and_port(url.value) != parts)
                add_warning(url.origin + " and " + host.origin + " name different servers (" +
                            host_and_port(url.value) + " and " + parts + "); " +
                            (from_parts_ ? host.origin : url.origin) + " is used");
        }
        const FoundSetting& password = get("redis.password");
        if (password.level != Level::initial && is_redis(choice_.url) && !from_parts_ &&
            choice_.url.find('@') == std::string::npos)
            add_warning(password.origin +
                        " is not used: it belongs to REDIS_HOST. Put the "
                        "password into the URL (redis://:password@host)");
        if (password.origin == "flag --password" || has_flag_password())
            add_warning(
                "a password on the command line can be read by every user of this host; "
                "use REDIS_PASSWORD_FILE or TORIL_STORE_FILE");
        if (disabled_ && is_redis(choice_.url))
            add_warning("REDIS_DISABLED is set, but " + choice_.origin +
                        " asks for a Redis: it is used");
        if (choice_.is_default && environment_("UPSTASH_REDIS_REST_URL").value_or("") != "")
            add_warning(
                "UPSTASH_REDIS_REST_URL is not used: it is an HTTP interface, not a "
                "Redis. Set REDIS_URL to the rediss:// address of the same database");
    }

    bool has_flag_password() const {
        const FoundSetting& store = get("store");
        return store.origin == "flag --store" && masked_url(store.value) != store.value;
    }

    void add_warning(std::string text) { choice_.warnings.push_back(std::move(text)); }

    std::span<const FoundSetting> found_;
    const Environment& environment_;
    StoreChoice choice_{};
    bool disabled_ = false;
    bool from_parts_ = false;
};

}  // namespace

Result<StoreChoice> choose_store(std::span<const FoundSetting> found,
                                 const Environment& environment) {
    return Chooser(found, environment).choose();
}

}  // namespace toril::store
