#include "tidy/cpp_text.hpp"
#include "tidy/tree.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <string>

// docs/reference/options.md says every default, and says it right.

namespace toril::tidy {
namespace {

using Defaults = std::map<std::string, std::string>;  // member -> its initialiser

// The members of `struct name {...}` with the text between the braces or after the '='.
Defaults members_of(std::string_view header, const std::string& name) {
    static const std::regex member(R"(^    [\w:<>,&() ]*[\w>)] (\w+)(?: = (.*)|\{(.*)\});)");
    const std::string code = without_comments_and_literals(header);
    const std::string opening = "\nstruct " + name + " {\n";
    Defaults found;
    const std::size_t from = code.find(opening);
    if (from == std::string::npos) return found;
    const std::size_t start = from + opening.size();
    const std::string_view body(header.data() + start, code.find("\n};", start) - start);
    for (std::string_view line : lines_of(body)) {
        const std::string text(line.substr(0, line.find("//")));
        std::smatch match;
        if (std::regex_search(text, match, member))
            found[match[1]] = match[2].matched ? match[2].str() : match[3].str();
    }
    return found;
}

// The rows `| `name` | `default` | ... |` below the heading "## name".
Defaults rows_of(std::string_view page, const std::string& name) {
    static const std::regex row(R"(^\| `(\w+)` \| (?:`([^`]*)`|) *\|)");
    Defaults found;
    bool inside = false;
    for (std::string_view line : lines_of(page)) {
        if (line.starts_with("## ")) inside = line == "## " + name;
        std::match_results<std::string_view::const_iterator> match;
        if (inside && std::regex_search(line.begin(), line.end(), match, row))
            found[match[1]] = match[2];
    }
    return found;
}

Findings differences(const std::string& name, const Defaults& header, const Defaults& page) {
    Findings findings;
    if (header.empty()) findings.push_back(name + ": not found in its header");
    for (const auto& [member, initial] : header) {
        const auto row = page.find(member);
        if (row == page.end())
            findings.push_back(name + "." + member + ": no row");
        else if (row->second != initial)
            findings.push_back(name + "." + member + ": the page says `" + row->second +
                               "`, the header `" + initial + "`");
    }
    for (const auto& [member, initial] : page)
        if (!header.contains(member))
            findings.push_back(name + "." + member + ": not in the header");
    return findings;
}

TEST(OptionsTest, ThePageSaysWhatTheHeadersSay) {
    const std::string page = text_of("docs/reference/options.md");
    const std::map<std::string, std::string> structs{
        {"JobOptions", "job"},
        {"Backoff", "job"},
        {"KeepJobs", "job"},
        {"Deduplication", "job"},
        {"PageOptions", "queue"},
        {"QueueOptions", "queue"},
        {"SpoolOptions", "spool"},
        {"JobFilter", "search"},
        {"FlowTreeOptions", "flow"},
        {"Repeat", "scheduler"},
        {"JobTemplate", "scheduler"},
        {"QueueEventsOptions", "queue_events"},
        {"ExamineOptions", "doctor"},
        {"WorkerOptions", "worker"},
        {"WorkerHooks", "worker"},
        {"CacheOptions", "cache"},
        {"CachePolicy", "cache"},
        {"LockOptions", "lock"},
        {"IdempotencyOptions", "lock"},
        {"ThrottleOptions", "throttle"},
        {"StoreOptions", "store"},
    };
    Findings findings;
    for (const auto& [name, header] : structs)
        for (std::string& finding :
             differences(name,
                         members_of(text_of("include/toril/" + header + ".hpp"), name),
                         rows_of(page, name)))
            findings.push_back(std::move(finding));
    EXPECT_TRUE(none(findings));
}

TEST(OptionsTest, ADifferenceIsFound) {
    const std::string header =
        "\nstruct A {\n    /// Text.\n    int jobs = 5;  ///< Jobs.\n    Millis wait{30'000};\n"
        "    std::function<void(const Job&)> done{};\n    static A none() { return {}; }\n};\n";
    const std::string page =
        "## A\n| `jobs` | `6` | text |\n| `wait` | `30'000` | text |\n| `gone` | `1` | text |\n";

    EXPECT_EQ(members_of(header, "A"), (Defaults{{"jobs", "5"}, {"wait", "30'000"}, {"done", ""}}));
    EXPECT_EQ(differences("A", members_of(header, "A"), rows_of(page, "A")),
              (Findings{"A.done: no row",
                        "A.jobs: the page says `6`, the header `5`",
                        "A.gone: not in the header"}));
}

}  // namespace
}  // namespace toril::tidy
