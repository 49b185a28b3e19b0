#include "base/names.hpp"
#include "schedulers/scheduler_client.hpp"

#include <toril/scheduler.hpp>
#include <toril/store.hpp>

namespace toril {

class JobSchedulers::Impl final : public schedulers::SchedulerClient {
public:
    using SchedulerClient::SchedulerClient;
};

JobSchedulers::JobSchedulers(std::shared_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
JobSchedulers::JobSchedulers(JobSchedulers&&) noexcept = default;
JobSchedulers& JobSchedulers::operator=(JobSchedulers&&) noexcept = default;
JobSchedulers::~JobSchedulers() = default;

Result<JobSchedulers> JobSchedulers::open(const Store& store, std::string_view queue) {
    if (Status s = base::check_queue_name(queue); !s) return s.error();
    return JobSchedulers(std::make_shared<Impl>(queue::access_to(store), std::string(queue)));
}

Result<JobScheduler> JobSchedulers::upsert(std::string_view id,
                                           const Repeat& repeat,
                                           const JobTemplate& make) {
    return impl_->upsert(id, repeat, make);
}

Result<JobScheduler> JobSchedulers::get(std::string_view id) const {
    return impl_->get(id);
}

Result<std::vector<JobScheduler>> JobSchedulers::list(std::int64_t start,
                                                      std::int64_t end,
                                                      bool ascending) const {
    return impl_->list(start, end, ascending);
}

Status JobSchedulers::remove(std::string_view id) {
    return impl_->remove(id);
}

}  // namespace toril
