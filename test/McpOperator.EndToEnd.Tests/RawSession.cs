using System.Text;

namespace McpOperator.EndToEnd.Tests;

/// <summary>A request as it stands in the specification, for what no client would send.</summary>
internal static class RawSession
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    public static async Task<(int Status, string Body)> CallAsync(string url, string session, string tool)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new StringContent($$"""{"jsonrpc": "2.0", "id": 77, "method": "tools/call", "params": {"name": "{{tool}}", "arguments": {} } }""", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Accept", "application/json, text/event-stream");
        request.Headers.TryAddWithoutValidation("Mcp-Session-Id", session);
        request.Headers.TryAddWithoutValidation("MCP-Protocol-Version", "2025-11-25");
        using var answer = await Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
