/**
 * The catalogue of public errors and their HTTP form, shared by every service and by the client that reads them. Plain
 * values for any thread.
 */
@NullMarked
package com.busdk.client.http;

import org.jspecify.annotations.NullMarked;
