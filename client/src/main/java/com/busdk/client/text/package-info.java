/** Small helpers for text that people read. Stateless, for any thread. */
@NullMarked
package com.busdk.client.text;

import org.jspecify.annotations.NullMarked;
