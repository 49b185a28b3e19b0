#include "filter_argument.hpp"

#include "arguments.hpp"
#include "json_object.hpp"
#include "printable.hpp"
#include "progress.hpp"
#include "session.hpp"

namespace toril::cli {

void FilterArgument::declare(Arguments& arguments) {
    arguments.text("--name", "jobs of this name", name_);
    arguments.text("--data", "jobs whose data has PATH=VALUE: user.id=42", data_);
    arguments.text("--error", "jobs whose failed reason holds this text", error_);
}

Result<JobFilter> FilterArgument::filter() const {
    JobFilter filter{.name = name_.value_or(""), .error = error_.value_or("")};
    if (!data_) return filter;
    Result<JobFilter::DataMember> member = parse_data_member(*data_);
    if (!member) return member.error();
    filter.data.push_back(std::move(*member));
    return filter;
}

Result<JobFilter::DataMember> parse_data_member(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
        return Error(
            ErrorCode::invalid_argument,
            "--data is " + in_quotes(text) + "; write PATH=VALUE, user.id=42 for instance");
    const std::string value = text.substr(equals + 1);
    Result<Json> json = Json::parse(value);
    return JobFilter::DataMember{text.substr(0, equals), json ? *json : Json::string(value)};
}

Result<BulkResult> for_each_found(const Queue& queue,
                                  const JobFilter& filter,
                                  bool dry_run,
                                  const std::function<Status(const JobId&)>& act) {
    BulkResult result;
    Progress progress("jobs looked at");
    const Status found = queue.find(
        filter,
        [&](const Job& job) {
            result.ids.push_back(job.id);
            return true;
        },
        [&](std::uint64_t looked) {
            result.looked = looked;
            progress.show(looked);
            return true;
        });
    if (!found) return found.error();
    if (dry_run) return result;
    std::vector<JobId> done;
    for (JobId& id : result.ids) {
        const Status status = act(id);
        if (status)
            done.push_back(std::move(id));
        else if (status.error().code() == ErrorCode::not_found ||
                 status.error().code() == ErrorCode::wrong_state)
            ++result.refused;
        else
            return status.error();
    }
    result.ids = std::move(done);
    return result;
}

Exit print_bulk(Session& session, const char* key, const BulkResult& result, bool dry_run) {
    Output& out = session.out();
    JsonArray ids;
    for (const JobId& id : result.ids) {
        if (out.is_text() && dry_run) out.line(id);
        ids.add(Json::string(id));
    }
    if (!out.is_text())
        out.json(JsonObject()
                     .put(key, result.ids.size())
                     .put("refused", result.refused)
                     .put("ids", ids.json())
                     .put("dryRun", dry_run)
                     .json());
    else if (!dry_run)
        out.line(std::to_string(result.ids.size()));
    if (result.refused == 0) return Exit::ok;
    session.say(std::to_string(result.refused) + " moved on meanwhile, or are held by a worker");
    return Exit::partly;
}

}  // namespace toril::cli
