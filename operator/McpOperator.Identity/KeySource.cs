using System.Text.Json;

namespace McpOperator.Identity;

/// <summary>
/// Reads an issuer's keys: from where the configuration says, or from where the issuer's own metadata does. Talks to the issuer's origin
/// and to nobody else, follows no redirect, and reads no more than it must.
/// </summary>
/// <param name="http">The connection; it must not follow redirects.</param>
internal sealed class KeySource(HttpMessageInvoker http)
{
    private const int LargestAnswer = 256 * 1024;
    private const int MostKeys = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Reads the keys.</summary>
    /// <param name="issuer">The issuer, as it stands in tokens.</param>
    /// <param name="jwksUri">Where its keys are; nothing: as its metadata says.</param>
    /// <param name="ct">Stops waiting.</param>
    /// <exception cref="KeySourceException">They cannot be read; the message says why.</exception>
    public async Task<IReadOnlyList<SigningKey>> ReadAsync(string issuer, string? jwksUri, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            var uri = jwksUri is null ? await DiscoverAsync(issuer, limit.Token) : Absolute(jwksUri);
            using var set = await GetAsync(uri, limit.Token);
            if (!set.RootElement.TryGetProperty("keys", out var keys) || keys.ValueKind != JsonValueKind.Array)
            {
                throw new KeySourceException($"{uri} is no key set: it has no list 'keys'");
            }

            if (keys.GetArrayLength() > MostKeys)
            {
                throw new KeySourceException($"{uri} has more than {MostKeys} keys");
            }

            return [.. keys.EnumerateArray().Select(SigningKey.Read).OfType<SigningKey>()];
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new KeySourceException($"{jwksUri ?? issuer} does not answer within {Patience.TotalSeconds} s");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or IOException)
        {
            // What is wrong with a certificate stands within.
            throw new KeySourceException($"{jwksUri ?? issuer}: {(e.InnerException ?? e).Message}");
        }
    }

    /// <summary>OpenID Connect Discovery puts the well-known path behind the issuer's own, RFC 8414 before it.</summary>
    private async Task<Uri> DiscoverAsync(string issuer, CancellationToken ct)
    {
        var at = Absolute(issuer);
        var path = at.AbsolutePath.TrimEnd('/');
        KeySourceException? last = null;
        foreach (var place in new[] { $"{path}/.well-known/openid-configuration", $"/.well-known/oauth-authorization-server{path}" })
        {
            var uri = new Uri(at, place);
            try
            {
                using var metadata = await GetAsync(uri, ct);
                var (says, keys) = (Text(metadata.RootElement, "issuer"), Text(metadata.RootElement, "jwks_uri"));
                if (says != issuer)
                {
                    throw new KeySourceException($"{uri} is the metadata of issuer '{says}', not of '{issuer}'");
                }

                var found = Absolute(keys ?? throw new KeySourceException($"{uri} has no 'jwks_uri'"));
                return Origin(found) == Origin(at)
                    ? found
                    : throw new KeySourceException($"{uri} says that the keys are at {Origin(found)}, which is not the issuer; name it in auth.jwksUri if that is right");
            }
            catch (KeySourceException e)
            {
                last = e;
            }
        }

        throw last!;
    }

    private async Task<JsonDocument> GetAsync(Uri uri, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await http.SendAsync(request, ct);
        if (!response.IsSuccessStatusCode)
        {
            throw new KeySourceException($"{uri} answers {(int)response.StatusCode}");
        }

        var buffer = new MemoryStream();
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(chunk, ct)) > 0)
        {
            if (buffer.Length + read > LargestAnswer)
            {
                throw new KeySourceException($"{uri} answers more than {LargestAnswer} bytes");
            }

            buffer.Write(chunk, 0, read);
        }

        return JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), new JsonDocumentOptions { MaxDepth = 16 });
    }

    private static Uri Absolute(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
        ? uri
        : throw new KeySourceException($"'{text}' is no http address");

    private static string Origin(Uri uri) => uri.GetLeftPart(UriPartial.Authority);

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>An issuer's keys cannot be read.</summary>
/// <param name="message">Why.</param>
internal sealed class KeySourceException(string message) : Exception(message);
