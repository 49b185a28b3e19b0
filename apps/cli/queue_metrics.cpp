// toril queue metrics QUEUE [--prometheus]

#include "arguments.hpp"
#include "command.hpp"
#include "commands.hpp"
#include "json_object.hpp"
#include "session.hpp"

namespace toril::cli {
namespace {

Json points_json(const QueueMetrics& metrics) {
    JsonArray points;
    for (const std::int64_t point : metrics.data)
        points.add(Json::unchecked(std::to_string(point)));
    return JsonObject().put("count", metrics.count).put("data", points.json()).json();
}

class ShowQueueMetrics final : public Command {
public:
    void declare(Arguments& arguments) override {
        arguments.word("queue", "name of the queue", queue_);
        arguments.flag("--prometheus", "as Prometheus text", prometheus_);
        arguments.output();
    }

    Result<Exit> run(Session& session) override {
        Result<Queue> queue = session.queue(queue_);
        if (!queue) return queue.error();
        if (prometheus_) {
            Result<std::string> text = queue->prometheus_metrics();
            if (!text) return text.error();
            session.out().raw(*text + "\n");
            return Exit::ok;
        }
        Result<QueueMetrics> completed = queue->metrics(JobState::completed);
        if (!completed) return completed.error();
        Result<QueueMetrics> failed = queue->metrics(JobState::failed);
        if (!failed) return failed.error();
        print(session.out(), *completed, *failed);
        return Exit::ok;
    }

private:
    static void print(Output& out, const QueueMetrics& completed, const QueueMetrics& failed) {
        if (!out.is_text())
            return out.json(JsonObject()
                                .put("completed", points_json(completed))
                                .put("failed", points_json(failed))
                                .json());
        Table table({"MINUTES AGO", "COMPLETED", "FAILED"});
        const auto at = [](const QueueMetrics& metrics, std::size_t i) {
            return i < metrics.data.size() ? std::to_string(metrics.data[i]) : "-";
        };
        for (std::size_t i = 0; i < std::max(completed.data.size(), failed.data.size()); ++i)
            table.row({std::to_string(i + 1), at(completed, i), at(failed, i)});
        table.row({"in all", std::to_string(completed.count), std::to_string(failed.count)});
        out.raw(table.text(0));
    }

    std::string queue_{};
    bool prometheus_ = false;
};

}  // namespace

std::unique_ptr<Command> make_queue_metrics() {
    return std::make_unique<ShowQueueMetrics>();
}

}  // namespace toril::cli
