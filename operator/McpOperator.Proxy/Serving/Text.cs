namespace McpOperator.Proxy.Serving;

/// <summary>Short answers for people and probes.</summary>
internal static class Text
{
    public static Task WriteAsync(HttpContext http, int status, string text)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync(text + "\n", http.RequestAborted);
    }
}
