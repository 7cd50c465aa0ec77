//! What breaks in the services, with the traces that their languages write.

#[derive(Debug)]
pub struct Exception {
    pub kind: &'static str,
    pub message: &'static str,
    pub stack: &'static str,
}

pub static POOL_TIMEOUT: Exception = Exception {
    kind: "com.zaxxer.hikari.pool.PoolTimeoutException",
    message: "PoolTimeout: no connection in 800 ms (pool=payments_rw)",
    stack: concat!(
        "com.zaxxer.hikari.pool.PoolTimeoutException: PoolTimeout: no connection in 800 ms (pool=payments_rw)",
        "\n\tat com.zaxxer.hikari.pool.HikariPool.createTimeoutException(HikariPool.java:686)",
        "\n\tat com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:179)",
        "\n\tat example.fernhill.payment.store.PaymentStore.insert(PaymentStore.java:88)",
        "\n\tat example.fernhill.payment.AuthoriseHandler.attempt(AuthoriseHandler.java:141)",
        "\n\tat example.fernhill.payment.AuthoriseHandler.handle(AuthoriseHandler.java:96)",
        "\n\tat org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:885)",
        "\n\tat java.base/java.lang.Thread.run(Thread.java:1583)"
    ),
};

pub static PAYMENT_UNAVAILABLE: Exception = Exception {
    kind: "example.fernhill.order.PaymentUnavailableException",
    message: "payment-service answered 503",
    stack: concat!(
        "example.fernhill.order.PaymentUnavailableException: payment-service answered 503",
        "\n\tat example.fernhill.order.PaymentClient.authorise(PaymentClient.java:64)",
        "\n\tat example.fernhill.order.PlaceOrder.run(PlaceOrder.java:120)",
        "\n\tat example.fernhill.order.OrderController.place(OrderController.java:51)",
        "\n\tat java.base/java.lang.Thread.run(Thread.java:1583)"
    ),
};

pub static QUERY_TIMEOUT: Exception = Exception {
    kind: "org.postgresql.util.PSQLException",
    message: "ERROR: canceling statement due to statement timeout",
    stack: concat!(
        "org.postgresql.util.PSQLException: ERROR: canceling statement due to statement timeout",
        "\n\tat org.postgresql.core.v3.QueryExecutorImpl.receiveErrorResponse(QueryExecutorImpl.java:2733)",
        "\n\tat org.postgresql.jdbc.PgPreparedStatement.executeQuery(PgPreparedStatement.java:137)",
        "\n\tat example.fernhill.catalog.PriceList.forProduct(PriceList.java:72)",
        "\n\tat example.fernhill.catalog.ProductController.show(ProductController.java:44)",
        "\n\tat java.base/java.lang.Thread.run(Thread.java:1583)"
    ),
};

pub static OUT_OF_MEMORY: Exception = Exception {
    kind: "ERR_WORKER_OUT_OF_MEMORY",
    message: "Worker terminated due to reaching memory limit: JS heap out of memory",
    stack: concat!(
        "Error [ERR_WORKER_OUT_OF_MEMORY]: Worker terminated due to reaching memory limit: JS heap out of memory",
        "\n    at [kOnExit] (node:internal/worker:315:26)",
        "\n    at Worker.<computed>.onexit (node:internal/worker:229:20)",
        "\n    at renderPage (/srv/web/server/render.js:214:17)",
        "\n    at async handler (/srv/web/server/routes/page.js:58:5)"
    ),
};

pub static BAD_GATEWAY: Exception = Exception {
    kind: "UpstreamError",
    message: "connect ECONNRESET catalog-service:8080",
    stack: concat!(
        "UpstreamError: connect ECONNRESET catalog-service:8080",
        "\n    at TLSSocket.onError (/srv/web/server/upstream.js:77:13)",
        "\n    at async loadProduct (/srv/web/server/load.js:31:10)",
        "\n    at async handler (/srv/web/server/routes/page.js:41:19)"
    ),
};

pub static ADDRESS_LOOKUP: Exception = Exception {
    kind: "java.net.http.HttpTimeoutException",
    message: "request timed out (address.example, 2000 ms)",
    stack: concat!(
        "java.net.http.HttpTimeoutException: request timed out (address.example, 2000 ms)",
        "\n\tat java.net.http/jdk.internal.net.http.HttpClientImpl.send(HttpClientImpl.java:567)",
        "\n\tat example.fernhill.order.AddressLookup.find(AddressLookup.java:39)",
        "\n\tat example.fernhill.order.AddressController.suggest(AddressController.java:28)",
        "\n\tat java.base/java.lang.Thread.run(Thread.java:1583)"
    ),
};

pub static MAIL_LATER: Exception = Exception {
    kind: "MailKit.Net.Smtp.SmtpCommandException",
    message: "421 try again later",
    stack: concat!(
        "MailKit.Net.Smtp.SmtpCommandException: 421 try again later",
        "\n   at MailKit.Net.Smtp.SmtpClient.SendAsync(MimeMessage message) in SmtpClient.cs:line 2011",
        "\n   at Fernhill.Notify.ReceiptSender.Send(OrderPlaced order) in ReceiptSender.cs:line 47",
        "\n   at Fernhill.Notify.Worker.ExecuteAsync(CancellationToken stop) in Worker.cs:line 29"
    ),
};

pub static BLOB_MISSING: Exception = Exception {
    kind: "azure.core.exceptions.ResourceNotFoundError",
    message: "The specified blob does not exist.",
    stack: concat!(
        "Traceback (most recent call last):\n  File \"/srv/image/app/render.py\", line 61, in variant",
        "\n    data = await store.read(key)\n  File \"/srv/image/app/store.py\", line 38, in read",
        "\n    return await blob.download_blob()",
        "\nazure.core.exceptions.ResourceNotFoundError: The specified blob does not exist."
    ),
};
