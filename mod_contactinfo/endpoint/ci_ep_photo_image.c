/* SPDX-License-Identifier: Apache-2.0 */
/* The image location: which photo it is; whoever called sends its bytes. */
#include "endpoint/ci_endpoint.h"

#include "endpoint/ci_params.h"
#include "model/ci_photo.h"

ci_error_t *ci_ep_photo_image(ci_endpoint_t *ep, const ci_request_t *req,
                              ci_response_t *res)
{
    ci_record_t *params, *photo;
    ci_error_t *err = ci_params_read(&params, ep, req);

    if (!err) {
        err = ci_photo_find_file(&photo, ep->store,
                                 ci_params_text(params, CI_IMAGE_ID), ep->pool);
    }
    if (!err) {
        res->photo = photo;
    }
    return err;
}
