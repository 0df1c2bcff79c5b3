/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file ci_dbbreaker.h
 * When a pool may try to connect to a server that did not let it.
 *
 * Closed: everybody may. Open: nobody until the next attempt is due, then one
 * prober. It has no lock: its owner calls it under one.
 */
#ifndef CI_DBBREAKER_H
#define CI_DBBREAKER_H

#include "store/ci_dboption.h"

#include <apr_time.h>

/** Zeroed memory is a closed one. */
typedef struct {
    bool open;
    bool probing;
    apr_time_t due;         /**< of the next attempt, if open */
    unsigned int episode;   /**< counts the openings and closings */
    ci_dbfailure_t failure; /**< the last one */
} ci_dbbreaker_t;

/**
 * Ask whether to connect now; who is admitted calls ci_dbbreaker_enter().
 * @param now on the clock of all calls
 */
bool ci_dbbreaker_admits(const ci_dbbreaker_t *breaker, apr_time_t now);

/** Begin an attempt; returns its episode. */
unsigned int ci_dbbreaker_enter(ci_dbbreaker_t *breaker);

/** An attempt succeeded, of whatever episode. */
void ci_dbbreaker_close(ci_dbbreaker_t *breaker);

/**
 * An attempt failed; if it is of an earlier episode that is old news. The next
 * one is due 1 to 1.5 s later, 5 to 5.5 s if user or database were refused.
 */
void ci_dbbreaker_open(ci_dbbreaker_t *breaker, unsigned int episode,
                       const ci_dbfailure_t *failure, apr_time_t now);

#endif
