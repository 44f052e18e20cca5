/**
 * The cloud's REST API 1.3 as far as the worker needs it: servers, networks and templates as records, its errors as one
 * exception, and a client that knows which calls may be repeated.
 *
 * <p>Facts come from UpCloud's documentation, its SDKs and recorded answers. The client may be called from any thread;
 * its futures complete on the caller's Vert.x context, or on one of its own.
 */
@NullMarked
package com.busdk.workers.upcloud.api;

import org.jspecify.annotations.NullMarked;
