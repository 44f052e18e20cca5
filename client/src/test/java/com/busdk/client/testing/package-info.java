/** Peers that the tests of several modules start. Any thread; they block. */
package com.busdk.client.testing;
