using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using McpOperator.Api;

namespace McpOperator.Signatures.Registry;

/// <summary>One answer of a registry, read to its end, or cut off.</summary>
internal sealed record RegistryAnswer(HttpStatusCode Status, byte[] Body, string? Challenge, string? Link, string? ContentType);

/// <summary>
/// HTTP for registries: redirects followed here and not by the handler, because they must not carry credentials, and bodies read up to
/// a bound. Shared by all decisions, so that connections are.
/// </summary>
internal sealed class RegistryHttp : IDisposable
{
    private const int MostRedirects = 5;
    private readonly RegistryClients _clients = new();

    /// <summary>Gets an address, following redirects without credentials. A body of more than <paramref name="most"/> bytes is cut off and refused.</summary>
    public async Task<RegistryAnswer> GetAsync(RegistryEndpoint endpoint, Uri address, string accept, AuthenticationHeaderValue? authorization, int most, string what, CancellationToken cancellationToken)
    {
        for (var hop = 0; hop <= MostRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            request.Headers.Authorization = hop == 0 ? authorization : null;
            using var response = await SendAsync(endpoint, request, cancellationToken);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
            {
                // What the target of a redirect asks for in the way of credentials is none of its business.
                var challenge = hop == 0 ? string.Join(", ", response.Headers.WwwAuthenticate.Select(h => h.ToString())) : null;
                return await ReadAsync(endpoint, response, challenge, most, what, cancellationToken);
            }

            if (!Uri.TryCreate(address, location, out var next))
            {
                throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {endpoint.Name} redirects to what is no address.");
            }

            endpoint.Admit(next, address, "a redirect to a place");
            address = next;
        }

        throw new RegistryException(Reasons.RegistryNotTrusted, $"the registry {endpoint.Name} redirects more than {MostRedirects} times for {what}.");
    }

    /// <summary>Sends a request to a token server; no redirect is followed, since the request carries credentials.</summary>
    public async Task<RegistryAnswer> SendOnceAsync(RegistryEndpoint endpoint, HttpRequestMessage request, int most, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(endpoint, request, cancellationToken);
        return await ReadAsync(endpoint, response, null, most, "a token", cancellationToken);
    }

    public void Dispose() => _clients.Dispose();

    private async Task<HttpResponseMessage> SendAsync(RegistryEndpoint endpoint, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Options.Set(AddressGuard.MayBeLoopback, endpoint.IsListed(request.RequestUri!));
        if (RegistryProxy.Of(endpoint.Settings) is { } proxy && !proxy.IsBypassed(request.RequestUri!))
        {
            AddressGuard.AdmitThroughProxy(request.RequestUri!);
        }

        var client = _clients.For(request.RequestUri!, endpoint);
        try
        {
            var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            SignatureMetrics.Requested((int)response.StatusCode);
            return response;
        }
        catch (HttpRequestException e) when (e.InnerException is RegistryException refused)
        {
            throw refused;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            SignatureMetrics.Requested(0);
            throw Unreachable(endpoint, request.RequestUri!.Authority, e);
        }
    }

    private static async Task<RegistryAnswer> ReadAsync(RegistryEndpoint endpoint, HttpResponseMessage response, string? challenge, int most, string what, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (status is 429 or >= 500)
        {
            throw new RegistryException(Reasons.RegistryUnreachable, status == 429
                ? $"the registry {endpoint.Name} turns us away for asking too often (429); try again later, or give the server a pull secret, which many registries grant more requests."
                : $"the registry {endpoint.Name} fails ({status}); try again when it is well.");
        }

        // Only a good answer's body is read: what a registry says about its errors nobody needs.
        var body = status == 200 ? await ReadBodyAsync(endpoint, response, most, what, cancellationToken) : [];
        response.Headers.TryGetValues("Link", out var link);
        return new RegistryAnswer(response.StatusCode, body, challenge, link?.FirstOrDefault(), response.Content.Headers.ContentType?.MediaType);
    }

    private static async Task<byte[]> ReadBodyAsync(RegistryEndpoint endpoint, HttpResponseMessage response, int most, string what, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > most)
        {
            throw new ContentTooLargeException(what, most);
        }

        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            using var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (int count; (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if (body.Length + count > most)
                {
                    throw new ContentTooLargeException(what, most);
                }

                body.Write(buffer, 0, count);
            }

            return body.ToArray();
        }
        catch (Exception e) when (e is HttpRequestException or (IOException and not ContentTooLargeException))
        {
            throw Unreachable(endpoint, response.RequestMessage!.RequestUri!.Authority, e);
        }
    }

    private static RegistryException Unreachable(RegistryEndpoint endpoint, string place, Exception cause)
    {
        var why = cause.InnerException is AuthenticationException || cause is AuthenticationException
            ? "its TLS certificate is not trusted; a private authority belongs into images.registries.certificateAuthorities"
            : cause.InnerException is SocketException socket ? socket.SocketErrorCode.ToString() : "the connection broke or spoke no HTTP";
        return new RegistryException(Reasons.RegistryUnreachable, $"the registry {endpoint.Name} cannot be reached at {place} ({why}); check its name, the operator's network policy and, for http, images.registries.insecure.");
    }
}
