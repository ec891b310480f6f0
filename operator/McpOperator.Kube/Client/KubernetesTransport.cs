using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using McpOperator.Objects;

namespace McpOperator.Kube;

/// <summary>One request of the client: everything that the transport has to know.</summary>
/// <param name="Verb">The verb, in Kubernetes' words.</param>
/// <param name="Method">The verb, in HTTP's words.</param>
/// <param name="Path">Path and query.</param>
/// <param name="Resource">The resource, for metrics.</param>
/// <param name="What">The object, for messages.</param>
internal sealed record ApiRequest(string Verb, HttpMethod Method, string Path, string Resource, string What)
{
    public ReadOnlyMemory<byte> Body { get; init; }

    public string? ContentType { get; init; }

    /// <summary>Overrides the usual time limit until the answer begins and ends.</summary>
    public TimeSpan? Timeout { get; init; }

    public override string ToString() => $"{Verb} {Resource} {What}";
}

/// <summary>Sends requests: connections, credentials, patience, errors, metrics. The only place that knows HTTP.</summary>
internal sealed class KubernetesTransport : IDisposable
{
    private const int MaxRepeats = 5;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly KubernetesClientConfiguration _config;
    private readonly TimeProvider _time;
    private readonly string _base;
    private Channel _channel;

    public KubernetesTransport(KubernetesClientConfiguration config, TimeProvider time)
    {
        _config = config;
        _time = time;
        _base = config.Server.ToString().TrimEnd('/');
        _channel = new(MakeInvoker(null), null);
    }

    /// <summary>Connections that show one client certificate.</summary>
    private sealed record Channel(HttpMessageInvoker Invoker, X509Certificate2? Certificate);

    /// <summary>Sends a request and hands the successful answer's body to a reader. Errors become exceptions.</summary>
    public async Task<T> SendAsync<T>(ApiRequest request, Func<Stream, CancellationToken, ValueTask<T>> read, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(request, read, ct);
            }
            catch (KubernetesException e) when (attempt < MaxRepeats && e.RetryAfter is { } pause && e.StatusCode is 429 or 503)
            {
                await Task.Delay(pause < LongestPause ? pause : LongestPause, _time, ct);
            }
        }
    }

    /// <summary>Opens an answer that goes on for long; the caller disposes it.</summary>
    public async Task<HttpResponseMessage> OpenAsync(ApiRequest request, CancellationToken ct)
    {
        var started = _time.GetTimestamp();
        var code = 0;
        try
        {
            var credential = await _config.Credentials.GetAsync(null, ct);
            var response = await SendOnceAsync(request, credential, ct);
            if (response.StatusCode == HttpStatusCode.Unauthorized && _config.Credentials.CanRefresh)
            {
                response.Dispose();
                response = await SendOnceAsync(request, await _config.Credentials.GetAsync(credential, ct), ct);
            }

            code = (int)response.StatusCode;
            return code < 400 ? response : throw await ReadErrorAsync(request, response, ct);
        }
        finally
        {
            Measure(request, code, started);
        }
    }

    public void Dispose() => _channel.Invoker.Dispose();

    private async Task<T> TryAsync<T>(ApiRequest request, Func<Stream, CancellationToken, ValueTask<T>> read, CancellationToken ct)
    {
        var limit = request.Timeout ?? _config.RequestTimeout;
        using var timer = new CancellationTokenSource(limit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        try
        {
            using var response = await OpenAsync(request, both.Token);
            await using var body = await response.Content.ReadAsStreamAsync(both.Token);
            return await read(body, both.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested && timer.IsCancellationRequested)
        {
            throw new KubernetesConnectionException($"{request}: no answer from {_base} within {limit.TotalSeconds:0} s", null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException and not KubernetesConnectionException)
        {
            throw new KubernetesConnectionException($"{request}: {_base}: {e.GetBaseException().Message}", e);
        }
        catch (JsonException e)
        {
            throw new KubernetesConnectionException($"{request}: {_base} answered something else than Kubernetes JSON: {e.Message}", e);
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(ApiRequest request, Credential credential, CancellationToken ct)
    {
        using var message = MakeMessage(request, credential);
        return await ChannelFor(credential.Certificate).Invoker.SendAsync(message, ct);
    }

    private HttpRequestMessage MakeMessage(ApiRequest request, Credential credential)
    {
        var message = new HttpRequestMessage(request.Method, new Uri(_base + request.Path))
        {
            Version = _config.UseHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        message.Headers.TryAddWithoutValidation("User-Agent", _config.UserAgent);
        // .NET takes the name for SNI and for the certificate's check from the Host header.
        message.Headers.Host = _config.TlsServerName;
        if (credential.Authorization is not null)
        {
            message.Headers.TryAddWithoutValidation("Authorization", credential.Authorization);
        }

        if (!request.Body.IsEmpty)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            message.Content.Headers.ContentType = request.ContentType is null ? Json : new MediaTypeHeaderValue(request.ContentType);
        }

        return message;
    }

    /// <summary>A new client certificate needs new connections; running watches keep the old ones until they end.</summary>
    private Channel ChannelFor(X509Certificate2? certificate)
    {
        var channel = Volatile.Read(ref _channel);
        if (channel.Certificate?.Thumbprint == certificate?.Thumbprint)
        {
            return channel;
        }

        var fresh = new Channel(MakeInvoker(certificate), certificate);
        return Interlocked.CompareExchange(ref _channel, fresh, channel) == channel ? fresh : Volatile.Read(ref _channel);
    }

    private HttpMessageInvoker MakeInvoker(X509Certificate2? certificate)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = _config.Proxy is not null,
            Proxy = _config.Proxy is null ? null : new WebProxy(_config.Proxy),
            ConnectTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            // HTTP/2 notices a dead peer by pings; HTTP/1.1 by TCP's own (ConnectAsync below).
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            EnableMultipleHttp2Connections = true,
            SslOptions = MakeTls(certificate),
            ConnectCallback = ConnectAsync,
        };
        return new HttpMessageInvoker(handler);
    }

    private SslClientAuthenticationOptions MakeTls(X509Certificate2? certificate)
    {
        var tls = new SslClientAuthenticationOptions();
        if (certificate is not null)
        {
            tls.ClientCertificates = [certificate];
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        if (_config.SkipTlsVerify)
        {
#pragma warning disable CA5359 // The kubeconfig asks for it in as many words: insecure-skip-tls-verify.
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (_config.CertificateAuthorities is { } authorities)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return tls;
    }

    /// <summary>A watch may be silent for minutes; without keep-alives a vanished peer would go unnoticed until its time is up.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            await socket.ConnectAsync(context.DnsEndPoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<KubernetesException> ReadErrorAsync(ApiRequest request, HttpResponseMessage response, CancellationToken ct)
    {
        using (response)
        {
            var retry = response.Headers.RetryAfter;
            TimeSpan? pause = retry?.Delta ?? (retry?.Date is { } date ? date - _time.GetUtcNow() : null);
            var text = await response.Content.ReadAsByteArrayAsync(ct);
            // A date may have passed already.
            pause = pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
            return new((int)response.StatusCode, ReadStatus(text), request.ToString(), pause);
        }
    }

    /// <summary>A proxy on the way may answer with something else than a Status.</summary>
    private static V1Status ReadStatus(byte[] text)
    {
        try
        {
            return KubernetesJson.Deserialize<V1Status>(text);
        }
        catch (JsonException)
        {
            var said = System.Text.Encoding.UTF8.GetString(text.AsSpan(0, Math.Min(text.Length, 200))).Trim();
            return new V1Status { Status = "Failure", Message = said.Length > 0 ? said : null };
        }
    }

    private void Measure(ApiRequest request, int code, long started)
    {
        var verb = KubeMetrics.Tag("verb", request.Verb);
        var resource = KubeMetrics.Tag("resource", request.Resource);
        KubeMetrics.Requests.Add(1, verb, resource, KubeMetrics.Tag("code", code));
        KubeMetrics.RequestSeconds.Record(_time.GetElapsedTime(started).TotalSeconds, verb, resource);
    }
}
