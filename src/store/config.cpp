#include "store/setting_check.hpp"
#include "store/store_choice.hpp"

#include <toril/config.hpp>

#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace toril {
namespace {

constexpr std::size_t secret_bytes_max = 64u * 1024;

Error refused(std::string message) {
    return {ErrorCode::invalid_argument, std::move(message)};
}

std::optional<std::string> process_environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<std::string> read_secret(const std::string& path, const std::string& origin) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return refused(origin + " names the file \"" + path +
                       "\", which cannot be read: " + std::strerror(errno));
    std::string text(secret_bytes_max + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > secret_bytes_max)
        return refused(origin + " names a file of more than 64 KiB; it must hold one line");
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

}  // namespace

// Finds the value of each setting, then the store. One use each.
class Settings::Loader {
public:
    explicit Loader(const SettingSources& sources) : sources_(sources) {
        if (!sources_.environment) sources_.environment = process_environment;
    }

    Result<Settings> load() {
        if (Status s = check_file_keys(); !s) return s.error();
        for (const SettingSpec& spec : setting_specs()) {
            Result<store::FoundSetting> found = find(spec);
            if (!found) return found.error();
            found_.push_back(std::move(*found));
        }
        Result<store::StoreChoice> choice = store::choose_store(found_, sources_.environment);
        if (!choice) return choice.error();
        return finish(std::move(*choice));
    }

private:
    Status check_file_keys() const {
        for (const auto& [key, value] : sources_.file) {
            bool known = false;
            for (const SettingSpec& spec : setting_specs())
                known = known || key == spec.name ||
                        (spec.may_be_in_file() && key == std::string(spec.name) + "-file");
            if (known) continue;
            const std::string_view meant = store::closest_setting(key);
            return refused(
                sources_.file_path + ": there is no setting \"" + key + "\"" +
                (meant.empty() ? std::string() : "; did you mean \"" + std::string(meant) + "\"?"));
        }
        return {};
    }

    // An empty value counts as none: that is how compose files and shells leave things out.
    std::optional<std::string> environment(const std::string& name) const {
        std::optional<std::string> value = sources_.environment(name);
        return value && value->empty() ? std::nullopt : value;
    }

    static const std::string* look_up(const std::map<std::string, std::string>& in,
                                      const std::string& key) {
        const auto at = in.find(key);
        return at == in.end() ? nullptr : &at->second;
    }

    Result<store::FoundSetting> find(const SettingSpec& spec) const {
        Result<store::FoundSetting> found = find_anywhere(spec);
        if (!found || found->level == store::Level::initial) return found;
        // REDIS_PORT and its like matter only with REDIS_HOST, and other programs set them too.
        if (Status s = store::check_setting(spec, found->value);
            !s && !(spec.name.starts_with("redis.") && spec.kind == SettingKind::integer))
            return refused(std::string(spec.name) + " (from " + found->origin +
                           "): " + s.error().message());
        return found;
    }

    Result<store::FoundSetting> find_anywhere(const SettingSpec& spec) const {
        const std::string name(spec.name);
        if (const std::string* flag = look_up(sources_.flags, name))
            return store::FoundSetting{
                &spec, *flag, "flag " + std::string(spec.flag), store::Level::flag};
        if (const std::string* path = look_up(sources_.flags, name + "-file"))
            return from_secret_file(
                spec, *path, "flag " + std::string(spec.flag) + "-file", store::Level::flag);
        const std::string variable(spec.environment);
        Result<store::FoundSetting> found = from_environment(spec, variable);
        if (!found || found->level != store::Level::initial) return found;
        if (const std::string* value = look_up(sources_.file, name))
            return store::FoundSetting{&spec, *value, in_file(name), store::Level::file};
        if (const std::string* path = look_up(sources_.file, name + "-file"))
            return from_secret_file(spec, *path, in_file(name + "-file"), store::Level::file);
        return store::FoundSetting{
            &spec, std::string(spec.initial), "default", store::Level::initial};
    }

    Result<store::FoundSetting> from_environment(const SettingSpec& spec,
                                                 const std::string& variable) const {
        const std::string in_file_name = variable + "_FILE";
        std::optional<std::string> value = environment(variable);
        std::optional<std::string> path =
            spec.may_be_in_file() ? environment(in_file_name) : std::nullopt;
        if (value && path)
            return refused(variable + " and " + in_file_name + " are both set; keep one of them");
        if (value)
            return store::FoundSetting{
                &spec, std::move(*value), "environment " + variable, store::Level::environment};
        if (path)
            return from_secret_file(
                spec, *path, "environment " + in_file_name, store::Level::environment);
        return store::FoundSetting{&spec, {}, {}, store::Level::initial};
    }

    static Result<store::FoundSetting> from_secret_file(const SettingSpec& spec,
                                                        const std::string& path,
                                                        std::string origin,
                                                        store::Level level) {
        Result<std::string> value = read_secret(path, origin);
        if (!value) return value.error();
        return store::FoundSetting{&spec, std::move(*value), std::move(origin), level};
    }

    std::string in_file(const std::string& key) const {
        return "file " + sources_.file_path + ", " + key;
    }

    Settings finish(store::StoreChoice choice) const {
        Settings settings;
        for (const store::FoundSetting& found : found_) {
            std::string shown = found.value;
            if (found.spec->kind == SettingKind::secret && !shown.empty()) shown = "***";
            if (found.spec->kind == SettingKind::url) shown = masked_url(shown);
            std::string origin = found.origin;
            if (found.spec->name == "store") {
                shown = masked_url(choice.url);
                origin = choice.origin;
            }
            settings.all_.push_back(
                {std::string(found.spec->name), std::move(shown), std::move(origin)});
        }
        settings.warnings_ = std::move(choice.warnings);
        settings.store_url_ = std::move(choice.url);
        settings.disabled_redis_ = std::move(choice.disabled_redis);
        settings.is_default_store_ = choice.is_default;
        return settings;
    }

    SettingSources sources_;
    std::vector<store::FoundSetting> found_{};
};

Result<Settings> Settings::load(const SettingSources& sources) {
    return Loader(sources).load();
}

namespace {

std::size_t index_of(std::string_view name) {
    const std::span<const SettingSpec> specs = setting_specs();
    std::size_t index = 0;
    while (index < specs.size() && specs[index].name != name)
        ++index;
    assert(index < specs.size() && "no such setting");
    return index;
}

}  // namespace

const std::string& Settings::text(std::string_view name) const {
    return all_[index_of(name)].value;
}

Millis Settings::duration(std::string_view name) const {
    const std::size_t index = index_of(name);
    return store::setting_duration(setting_specs()[index], all_[index].value);
}

std::int64_t Settings::number(std::string_view name) const {
    const std::string& value = text(name);
    std::int64_t number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    return number;
}

}  // namespace toril
