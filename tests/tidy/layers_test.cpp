#include "tidy/cpp_text.hpp"
#include "tidy/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace toril::tidy {
namespace {

using Names = std::set<std::string>;

// Folder of src/ -> folders of src/ it may include. Nothing else is allowed.
const std::map<std::string, Names> layers{
    {"base", {}},
    {"contract", {"base"}},
    {"redis", {"base"}},
    {"typed", {"base"}},
    {"http", {"base"}},
    {"backend/memory", {"base", "contract"}},
    {"backend/sqlite", {"base", "contract"}},
    {"backend/sqlite/side", {"base", "contract", "backend/sqlite"}},
    {"backend/sqlite/spool", {"base", "contract", "backend/sqlite"}},
    {"backend/redis", {"base", "contract", "redis"}},
    {"backend/redis/cache", {"base", "contract", "redis", "backend/redis"}},
    {"backend/redis/lock", {"base", "contract", "redis", "backend/redis"}},
    {"backend/redis/limit", {"base", "contract", "redis", "backend/redis"}},
    {"backend/redis/health", {"base", "contract", "redis", "backend/redis"}},
    {"backend/faulty", {"base", "contract"}},
    {"spool", {"base", "contract"}},
    {"queue", {"base", "contract", "spool"}},
    {"flow", {"base", "contract", "queue"}},
    {"schedulers", {"base", "contract", "queue"}},
    {"events", {"base", "contract", "queue"}},
    {"doctor", {"base", "contract", "queue"}},
    {"worker", {"base", "contract"}},
    {"cache", {"base", "contract"}},
    {"lock", {"base", "contract"}},
    {"throttle", {"base", "contract"}},
    {"health", {"base", "contract", "queue"}},
    {"store",
     {"base",
      "contract",
      "redis",
      "backend/memory",
      "backend/sqlite",
      "backend/sqlite/side",
      "backend/sqlite/spool",
      "backend/redis",
      "backend/redis/cache",
      "backend/redis/lock",
      "backend/redis/limit",
      "backend/redis/health"}},
};

// Values without behaviour: anybody may include these public headers.
const Names vocabulary{"error", "fwd", "job", "json", "log", "result", "time"};

// Public headers beyond the vocabulary that a layer may include; "*": all of them.
const std::map<std::string, Names> faces{
    {"base", {"scheduler", "search", "health", "metrics"}},
    {"contract", {"queue", "scheduler", "search", "doctor", "worker_info", "health"}},
    {"redis", {"redis/"}},
    {"backend/redis", {"redis/", "queue", "store", "scheduler", "doctor", "worker_info"}},
    {"backend/redis/cache", {"redis/"}},
    {"backend/redis/lock", {"redis/"}},
    {"backend/redis/limit", {"redis/"}},
    {"backend/redis/health", {"redis/", "health"}},
    {"backend/memory", {"queue", "store", "scheduler", "doctor", "worker_info", "health"}},
    {"backend/sqlite", {"queue", "store", "scheduler", "doctor", "worker_info", "health"}},
    {"backend/sqlite/side", {"health"}},
    {"backend/sqlite/spool", {"spool"}},
    {"backend/faulty", {"queue"}},
    {"spool", {"spool"}},
    {"queue", {"*"}},
    {"flow", {"*"}},
    {"schedulers", {"*"}},
    {"events", {"*"}},
    {"doctor", {"*"}},
    {"worker", {"*"}},
    {"cache", {"*"}},
    {"lock", {"*"}},
    {"throttle", {"*"}},
    {"health", {"*"}},
    {"store", {"*"}},
    {"typed", {"*"}},
};

// Third party -> folders that own it. Others do not know that it exists.
const std::map<std::string, Names> owners{
    {"sqlite3.h", {"src/backend/sqlite"}},
    {"boost/asio", {"src/redis", "src/http"}},
    {"boost/beast", {"src/http"}},
    {"boost/json", {"src/base", "src/typed", "src/store", "include/toril/boost_json.hpp"}},
    {"boost/url", {"src/redis", "src/store", "src/http"}},
    {"boost/", {"src", "include/toril/boost_json.hpp"}},
    {"date/", {"src/base"}},
    {"openssl/", {"src/redis", "src/http"}},
    {"nlohmann/", {"include/toril/nlohmann.hpp"}},
    {"hiredis/", {}},
    {"CLI/", {"apps"}},
    {"spdlog/", {"apps"}},
    {"fmt/", {"apps"}},
    {"vips/", {"examples"}},
};

// The folder of src/ that a path below src/ is in; empty when there is none.
std::string layer_of(const std::string& path) {
    std::string best;
    for (const auto& [folder, below] : layers)
        if (path.starts_with(folder + "/") && folder.size() > best.size()) best = folder;
    return best;
}

bool may_see_face(const std::string& layer, const std::string& header) {
    const std::string stem = header.substr(0, header.find('.'));
    if (vocabulary.contains(stem)) return true;
    const auto found = faces.find(layer);
    if (found == faces.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const std::string& name) {
        return name == "*" || name == stem || (name.back() == '/' && stem.starts_with(name));
    });
}

std::string at(const File& file, const Include& include) {
    return file.path + ":" + std::to_string(include.line) + ": includes " + include.target;
}

// What a file of src/ includes against the tables above.
Findings layer_findings(const File& file) {
    Findings findings;
    const std::string layer = layer_of(file.path.substr(std::string("src/").size()));
    if (layer.empty()) return {file.path + ": in no layer of this test"};
    for (const Include& include : includes_of(file.text)) {
        if (include.angled && include.target.starts_with("toril/")) {
            if (!may_see_face(layer, include.target.substr(6)))
                findings.push_back(at(file, include) + ": not for " + layer + "/");
        } else if (!include.angled) {
            const std::string other = layer_of(include.target);
            if (other != layer && !other.empty() && !layers.at(layer).contains(other))
                findings.push_back(at(file, include) + ": not below " + layer + "/");
        }
    }
    return findings;
}

Findings owner_findings(const File& file) {
    Findings findings;
    for (const Include& include : includes_of(file.text)) {
        std::string owned;  // the longest entry that names it
        for (const auto& [prefix, folders] : owners)
            if (include.target.starts_with(prefix) && prefix.size() > owned.size()) owned = prefix;
        if (owned.empty()) continue;
        const Names& folders = owners.at(owned);
        if (std::none_of(folders.begin(), folders.end(), [&](const std::string& folder) {
                return file.path.starts_with(folder);
            }))
            findings.push_back(at(file, include) + ": owned by another module");
    }
    return findings;
}

// Programs are our first users: the public headers, http/, and what is beside them.
Findings program_findings(const File& file) {
    Findings findings;
    for (const Include& include : includes_of(file.text)) {
        const std::string layer = layer_of(include.target);
        if (!include.angled && !layer.empty() && layer != "http")
            findings.push_back(at(file, include) + ": private to src/");
    }
    return findings;
}

Findings all_of(Findings (*check)(const File&), std::initializer_list<std::string_view> folders) {
    Findings findings;
    for (std::string_view folder : folders)
        for (const File& file : with_ending(files_below(folder), {".cpp", ".hpp"}))
            for (std::string& finding : check(file))
                findings.push_back(std::move(finding));
    return findings;
}

TEST(LayersTest, EveryModuleIncludesOnlyTheLayersBelowIt) {
    EXPECT_TRUE(none(all_of(layer_findings, {"src"})));
}

TEST(LayersTest, ThirdPartyHeadersStayInTheModuleThatOwnsThem) {
    EXPECT_TRUE(none(all_of(owner_findings, {"src", "include", "apps", "examples"})));
}

TEST(LayersTest, ProgramsSeeThePublicHeadersOnly) {
    EXPECT_TRUE(none(all_of(program_findings, {"apps"})));
}

TEST(LayersTest, ExamplesSeeInstalledHeadersAndTheirOwn) {
    Findings findings = all_of(program_findings, {"examples"});
    for (const File& file : with_ending(files_below("examples"), {".cpp", ".hpp"}))
        for (const Include& include : includes_of(file.text))
            if (!include.angled && layer_of(include.target) == "http")
                findings.push_back(at(file, include) + ": not installed");
    EXPECT_TRUE(none(findings));
}

TEST(LayersTest, ABadIncludeIsFound) {
    const auto layer = [](std::string path, std::string include) {
        return layer_findings({std::move(path), "#include " + include + "\n"}).size();
    };
    const auto owner = [](std::string path, std::string include) {
        return owner_findings({std::move(path), "#include " + include + "\n"}).size();
    };

    EXPECT_EQ(layer("src/queue/queue.cpp", "\"backend/redis/keys.hpp\""), 1u);
    EXPECT_EQ(layer("src/redis/link.cpp", "\"contract/job_store.hpp\""), 1u);
    EXPECT_EQ(layer("src/base/json.cpp", "<toril/queue.hpp>"), 1u);
    EXPECT_EQ(layer("src/redis/link.cpp", "<toril/worker.hpp>"), 1u);
    EXPECT_EQ(layer("src/unheard_of/a.cpp", "<vector>"), 1u);
    EXPECT_EQ(layer("src/queue/queue.cpp", "\"contract/job_store.hpp\""), 0u);
    EXPECT_EQ(owner("src/queue/queue.cpp", "<sqlite3.h>"), 1u);
    EXPECT_EQ(owner("include/toril/queue.hpp", "<boost/json.hpp>"), 1u);
    EXPECT_EQ(owner("src/redis/transport.cpp", "<boost/asio/post.hpp>"), 0u);
    EXPECT_EQ(program_findings({"apps/cli/a.cpp", "#include \"queue/queue_client.hpp\"\n"}).size(),
              1u);
}

}  // namespace
}  // namespace toril::tidy
