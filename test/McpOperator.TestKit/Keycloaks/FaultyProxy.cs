using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace McpOperator.TestKit.Keycloaks;

/// <summary>A request that passed through.</summary>
public sealed record SeenCall(string Method, string Path)
{
    /// <summary>Whether it changes something; a login does not.</summary>
    public bool IsWrite => Method != "GET" && !Path.EndsWith("/token", StringComparison.Ordinal);
}

/// <summary>Stands before an HTTP server, whichever it is: writes down what passes, and misbehaves on purpose.</summary>
public sealed class FaultyProxy : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Uri _target;
    private LocalServer _server = null!;

    private FaultyProxy(Uri target) => _target = target;

    /// <summary>Where it listens.</summary>
    public Uri Address => _server.Address;

    /// <summary>What passed since the last <see cref="Forget"/>, oldest first.</summary>
    public ConcurrentQueue<SeenCall> Calls { get; } = new();

    /// <summary>Comes first; true when it has answered, and nothing shall pass.</summary>
    public Func<HttpContext, Task<bool>>? Misbehave { get; set; }

    /// <summary>Comes after the other side has done what it was asked for, and before the answer; true when that is not to pass.</summary>
    public Func<HttpContext, Task<bool>>? LoseAnswer { get; set; }

    public static async Task<FaultyProxy> StartAsync(Uri target)
    {
        var proxy = new FaultyProxy(target);
        proxy._server = await LocalServer.StartAsync(proxy.PassAsync);
        return proxy;
    }

    public void Forget() => Calls.Clear();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        Calls.Enqueue(new(context.Request.Method, context.Request.Path));
        if (Misbehave is { } misbehave && await misbehave(context))
        {
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_target, $"{context.Request.Path}{context.Request.QueryString}"));
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (body.Length > 0)
        {
            request.Content = new ByteArrayContent(body.ToArray());
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(context.Request.ContentType!);
        }

        // The issuer in tokens follows the host that is asked; it must be the same for the login and for what the token is used for.
        request.Headers.Host = context.Request.Host.ToString();
        request.Headers.TryAddWithoutValidation("Authorization", context.Request.Headers.Authorization.ToString());
        using var answer = await _http.SendAsync(request);
        if (LoseAnswer is { } lose && await lose(context))
        {
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        if (answer.Headers.Location is { } location)
        {
            context.Response.Headers.Location = location.ToString();
        }

        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await context.Response.Body.WriteAsync(await answer.Content.ReadAsByteArrayAsync());
    }
}
