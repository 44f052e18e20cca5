/**
 * What every part of Bus shares: the envelope and its names, settings, tokens, errors, the HTTP SDK and the worker
 * runtime. This module knows none of the others.
 *
 * <p>The packages {@code event}, {@code config}, {@code auth}, {@code http} and {@code text} hold plain values that any
 * thread may use and that load no Vert.x class, so that short commands start quickly. The packages {@code events} and
 * {@code worker} are asynchronous and say on which Vert.x context they call back.
 */
@NullMarked
package com.busdk.client;

import org.jspecify.annotations.NullMarked;
