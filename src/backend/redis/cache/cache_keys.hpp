#pragma once

// Names of a cache's keys:
//
//     PREFIX ":toril:cache:{" CACHE "}:" ( "marks" | "e:" KEY | "l:" KEY | "new" | "counts" )
//
// The braces put all keys of a cache into one slot of a cluster.

#include <optional>
#include <string>
#include <string_view>

namespace toril::redis_store {

class CacheKeys {
public:
    explicit CacheKeys(const std::string& prefix) : start_(prefix + ":toril:cache:{") {}

    std::string marks(std::string_view cache) const { return name(cache, "marks"); }
    std::string entry(std::string_view cache, std::string_view key) const {
        return name(cache, "e:").append(key);
    }
    std::string lease(std::string_view cache, std::string_view key) const {
        return name(cache, "l:").append(key);
    }
    /// What all processes counted: a hash.
    std::string counts(std::string_view cache) const { return name(cache, "counts"); }
    /// Where an entry is made, before it is moved to its place.
    std::string making(std::string_view cache) const { return name(cache, "new"); }
    /// All names of entries begin with it.
    std::string entries(std::string_view cache) const { return name(cache, "e:"); }

    struct Named {
        std::string_view cache{};
        std::optional<std::string_view> key{};  // none: the marks
    };
    /// What `name` names, if it is an entry or marks.
    std::optional<Named> parse(std::string_view name) const;

private:
    std::string name(std::string_view cache, std::string_view rest) const;

    const std::string start_;
};

}  // namespace toril::redis_store
