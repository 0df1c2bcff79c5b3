/* SPDX-License-Identifier: Apache-2.0 */
/* The image location: which photo it is; whoever called sends its bytes. */
#include "endpoint/ci_endpoint.h"

#include "model/ci_photo.h"

ci_error_t *ci_ep_photo_image(ci_endpoint_t *ep, const ci_request_t *req,
                              ci_response_t *res)
{
    const char *id = ci_query_get(req->query, "id");
    ci_record_t *photo;
    ci_error_t *err;

    if (!id || ci_text_blank(id, strlen(id))) {
        return ci_error_create(ep->pool, CI_MISSING_PARAMETER, "id",
                               "it is mandatory");
    }
    err = ci_photo_find_file(&photo, ep->store, id, ep->pool);
    if (!err) {
        res->photo = photo;
    }
    return err;
}
