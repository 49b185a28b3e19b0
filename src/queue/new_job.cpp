#include "queue/new_job.hpp"

#include "base/names.hpp"
#include "base/options_codec.hpp"

#include <string>

namespace toril::queue {

Status check_payload(const Json& data, std::size_t bytes_max) {
    if (bytes_max == 0) bytes_max = payload_bytes_default_max;
    if (data.text().size() <= bytes_max) return {};
    return Error(ErrorCode::limit_reached,
                 "the payload is " + std::to_string(data.text().size()) +
                     " bytes of JSON; at most " + std::to_string(bytes_max) + " are allowed");
}

Result<contract::AddJob> check_new_job(std::string_view name,
                                       const Json& data,
                                       const JobOptions& options) {
    if (Status s = base::check_job_name(name); !s) return s.error();
    if (Status s = base::check_options(options); !s) return s.error();
    if (Status s = check_payload(data, options.payload_bytes_max); !s) return s.error();
    return contract::AddJob{.id = options.id,
                            .name = std::string(name),
                            .data = data.text(),
                            .opts = base::encode_options(options),
                            .delay = options.delay,
                            .priority = options.priority,
                            .lifo = options.lifo,
                            .timestamp = options.timestamp};
}

}  // namespace toril::queue
