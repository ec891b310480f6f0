using McpOperator.Admission.Images;

namespace McpOperator.Admission.Tests;

/// <summary>The grammar is that of github.com/distribution/reference; where a case is stricter than it, its line says so.</summary>
public sealed class ImageReferenceTests
{
    private static readonly string Sha256 = "sha256:" + new string('a', 64);
    private static readonly string Sha512 = "sha512:" + new string('b', 128);

    // text → registry, repository, tag
    [TestCase("ghcr.io/acme/weather", "ghcr.io", "acme/weather", null)]
    [TestCase("ghcr.io/acme/weather:1.2", "ghcr.io", "acme/weather", "1.2")]
    [TestCase("weather", "docker.io", "library/weather", null)]
    [TestCase("weather:1", "docker.io", "library/weather", "1")]
    [TestCase("acme/weather", "docker.io", "acme/weather", null)]
    [TestCase("docker.io/weather", "docker.io", "library/weather", null)]
    [TestCase("docker.io/library/weather", "docker.io", "library/weather", null)]
    [TestCase("index.docker.io/weather", "docker.io", "library/weather", null)]
    [TestCase("index.docker.io/acme/weather", "docker.io", "acme/weather", null)]
    [TestCase("localhost/weather", "localhost", "weather", null)]
    [TestCase("localhost:5000/weather", "localhost:5000", "weather", null)]
    [TestCase("localhost:5000", "docker.io", "library/localhost", "5000")]
    [TestCase("ghcr.io", "docker.io", "library/ghcr.io", null)]
    [TestCase("registry:5000/a/b/c/d:t", "registry:5000", "a/b/c/d", "t")]
    [TestCase("GHCR.IO/acme/weather", "GHCR.IO", "acme/weather", null)]
    [TestCase("Registry/weather", "Registry", "weather", null)]
    [TestCase("10.0.0.1:5000/weather", "10.0.0.1:5000", "weather", null)]
    [TestCase("[::1]:5000/weather", "[::1]:5000", "weather", null)]
    [TestCase("[2001:db8::1]/weather:1", "[2001:db8::1]", "weather", "1")]
    [TestCase("ghcr.io/a__b/c.d/e-f/g---h_i", "ghcr.io", "a__b/c.d/e-f/g---h_i", null)]
    [TestCase("xn--e1afmkfd.com/weather", "xn--e1afmkfd.com", "weather", null)]
    [TestCase("ghcr.io/acme/weather:_1.a-B", "ghcr.io", "acme/weather", "_1.a-B")]
    public void A_name_is_taken_apart(string text, string registry, string repository, string? tag)
    {
        foreach (var digest in new[] { null, Sha256, Sha512 })
        {
            var image = ImageReference.TryParse(digest is null ? text : $"{text}@{digest}");

            image.Should().NotBeNull();
            image!.Registry.Should().Be(registry);
            image.Repository.Should().Be(repository);
            image.Tag.Should().Be(tag);
            image.Digest.Should().Be(digest);
            image.IsPinned.Should().Be(digest == Sha256, "only SHA-256 pins");
            ImageReference.TryParse(image.ToString()).Should().Be(image, "the full form means the same");
        }
    }

    private static IEnumerable<string> NoNames()
    {
        yield return "";
        yield return " ";
        yield return "/";
        yield return "@" + Sha256;
        yield return ":1";
        yield return "ghcr.io/";
        yield return "/weather";
        yield return "a//b";
        yield return "ghcr.io//weather";
        yield return "ghcr.io/acme/";
        yield return "-a";
        yield return "a-";
        yield return "ghcr.io/-a";
        yield return "ghcr.io/a-/b";
        yield return "ghcr.io/a___b";
        yield return "ghcr.io/a..b";
        yield return "ghcr.io/a/../b";
        yield return "ghcr.io/./b";
        yield return "ghcr.io/.a";
        yield return "ghcr.io/A";
        yield return "acme/Weather";
        yield return "Weather";
        yield return "ghcr.io/acme/weather:";
        yield return "ghcr.io/acme/weather:-1";
        yield return "ghcr.io/acme/weather:.1";
        yield return "ghcr.io/acme/weather:" + new string('a', 129);
        yield return "ghcr.io/acme/weather:1:2";
        yield return "https://ghcr.io/acme/weather";
        yield return "user@ghcr.io/acme/weather";
        yield return "ghcr.io:/weather";
        yield return "ghcr.io:port/weather";
        yield return "ghcr.io:5000:5000/weather";
        yield return "-ghcr.io/weather";
        yield return "ghcr-.io/weather";
        yield return "ghcr..io/weather";
        yield return ".ghcr.io/weather";
        yield return "ghcr.io./weather";
        yield return "gh_cr.io/weather";
        yield return "[::1/weather";
        yield return "::1]:5000/weather";
        yield return "[::1%eth0]/weather";
        yield return "[]/weather";
        yield return "ghcr.io/acme/weather\n";
        yield return "ghcr.io/acme/weather ";
        yield return " ghcr.io/acme/weather";
        yield return "ghcr.io/acme/wea ther";
        yield return "ghcr.io/acme/weather\0";
        yield return "ghcr.io\\acme/weather";
        yield return "ghcr.io/acme%2fweather";
        yield return "ghcr.io/acme/weather?x";
        yield return "ghcr.io/acme/weather#x";
        // Look-alikes: Cyrillic а, full-width slash and colon, Arabic and full-width digits, the Kelvin sign, dotless i.
        yield return "ghcr.io/\u0430cme/weather";
        yield return "ghcr.io\uff0facme/weather";
        yield return "ghcr.io/acme/weather\uff1a1";
        yield return "ghcr.io/acme/weather:\u0661";
        yield return "ghcr.io:\u0665000/weather";
        yield return "ghcr.io/\u212aelvin";
        yield return "ghcr.\u0131o/acme/weather";
        yield return "ghcr.io/acme/weather\u200b";
    }

    [TestCaseSource(nameof(NoNames))]
    public void What_is_no_name_is_refused(string text)
    {
        ImageReference.TryParse(text).Should().BeNull();
        ImageReference.TryParse($"{text}@{Sha256}").Should().BeNull("a digest does not make it a name");
    }

    private static IEnumerable<string> NoDigests()
    {
        yield return "";
        yield return "sha256";
        yield return "sha256:";
        yield return "sha256:zz";
        yield return "sha256:" + new string('z', 64);
        yield return "sha256:" + new string('a', 63);
        yield return "sha256:" + new string('a', 65);
        yield return "sha256:" + new string('A', 64);
        yield return "SHA256:" + new string('a', 64);
        yield return "sha256:" + new string('a', 64) + "\n";
        yield return "sha256:" + new string('a', 63) + "\n";
        yield return " sha256:" + new string('a', 64);
        yield return "sha256:" + new string('\uff41', 64);
        yield return "sha256:" + new string('\u0661', 64);
        yield return "sha256-" + new string('a', 64);
        yield return "sha256:" + new string('a', 128);
        yield return "sha512:" + new string('a', 64);
        yield return "sha512:" + new string('a', 127);
        yield return "md5:" + new string('a', 32);
        yield return new string('a', 64);
        yield return $"sha256:{new string('a', 64)}@sha256:{new string('a', 64)}";
        yield return $"@sha256:{new string('a', 64)}";
        yield return $"sha256:{new string('a', 64)}:tag";
        yield return $"sha256:{new string('a', 64)}/x";
    }

    [TestCaseSource(nameof(NoDigests))]
    public void What_is_no_digest_is_refused_rather_than_passed_over(string digest) =>
        ImageReference.TryParse("ghcr.io/acme/weather@" + digest).Should().BeNull();

    [Test]
    public void A_digest_of_64_lower_case_digits_pins() =>
        ImageReference.TryParse("ghcr.io/acme/weather:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")!.IsPinned.Should().BeTrue();

    /// <summary>distribution counts the repository alone since v3; counting the registry too is what v2 and older runtimes do.</summary>
    [TestCase("ghcr.io/", 255, true)]
    [TestCase("ghcr.io/", 256, false)]
    [TestCase("docker.io/acme/", 255, true)]
    [TestCase("docker.io/acme/", 256, false)]
    public void A_name_has_at_most_255_characters(string start, int length, bool valid) =>
        (ImageReference.TryParse(start + new string('a', length - start.Length)) is not null).Should().Be(valid);

    [Test]
    public void The_255_characters_include_what_is_filled_in()
    {
        var filledIn = "docker.io/library/".Length;

        ImageReference.TryParse(new string('a', 255 - filledIn)).Should().NotBeNull();
        ImageReference.TryParse(new string('a', 256 - filledIn)).Should().BeNull();
    }

    [Test, CancelAfter(2000)]
    public void A_hostile_name_is_refused_quickly()
    {
        ImageReference.TryParse("ghcr.io/" + new string('a', 100_000) + "!").Should().BeNull();
        ImageReference.TryParse("ghcr.io/a" + string.Concat(Enumerable.Repeat("-", 100_000))).Should().BeNull();
        ImageReference.TryParse(string.Concat(Enumerable.Repeat("a.", 50_000)) + "/!").Should().BeNull();
    }

    // prefix, image → covered
    [TestCase("ghcr.io/acme", "ghcr.io/acme/weather", true)]
    [TestCase("ghcr.io/acme", "ghcr.io/acme", true)]
    [TestCase("ghcr.io/acme", "ghcr.io/acme/a/b/c", true)]
    [TestCase("ghcr.io/acme", "ghcr.io/acmeevil/weather", false)]
    [TestCase("ghcr.io/acme", "ghcr.io/acme-evil/weather", false)]
    [TestCase("ghcr.io/acme", "ghcr.io/acm", false)]
    [TestCase("ghcr.io/acme", "ghcr.io.evil.com/acme/weather", false)]
    [TestCase("ghcr.io/acme", "evil.com/ghcr.io/acme/weather", false)]
    [TestCase("ghcr.io/acme", "ghcr.io:443/acme/weather", false)]
    [TestCase("ghcr.io/acme/", "ghcr.io/acme/weather", true)]
    [TestCase("ghcr.io/acme/", "ghcr.io/acmeevil/weather", false)]
    [TestCase("ghcr.io", "ghcr.io/acme/weather", true)]
    [TestCase("ghcr.io/", "ghcr.io/acme/weather", true)]
    [TestCase("ghcr.io", "ghcr.iox/acme/weather", false)]
    [TestCase("ghcr.io", "weather", false)]
    [TestCase("localhost:5000", "localhost:5000/weather", true)]
    [TestCase("localhost:5000", "localhost:50001/weather", false)]
    [TestCase("localhost:5000", "localhost/weather", false)]
    [TestCase("localhost", "localhost:5000/weather", false)]
    [TestCase("docker.io", "weather", true)]
    [TestCase("docker.io", "acme/weather", true)]
    [TestCase("index.docker.io", "acme/weather", true)]
    [TestCase("index.docker.io/acme", "docker.io/acme/weather", true)]
    [TestCase("docker.io/acme", "index.docker.io/acme/weather", true)]
    [TestCase("docker.io/library", "weather", true)]
    [TestCase("docker.io/library", "acme/weather", false)]
    [TestCase("docker.io/library/weather", "weather", true)]
    [TestCase("acme", "acme/weather", true)]
    [TestCase("acme", "ghcr.io/acme/weather", false)]
    [TestCase("library", "weather", true)]
    // On docker.io a single word is a folder; whoever means the official image writes library/.
    [TestCase("weather", "weather", false)]
    [TestCase("GHCR.IO/acme", "ghcr.io/acme/weather", false)]
    [TestCase("ghcr.io/acme", "GHCR.IO/acme/weather", false)]
    [TestCase("", "weather", false)]
    [TestCase("", "ghcr.io/acme/weather", false)]
    [TestCase("/", "ghcr.io/acme/weather", false)]
    [TestCase("//", "weather", false)]
    [TestCase(" ", "weather", false)]
    [TestCase("*", "weather", false)]
    [TestCase("ghcr.io/*", "ghcr.io/acme/weather", false)]
    public void A_prefix_covers_whole_components_only(string prefix, string image, bool covered) =>
        ImageReference.TryParse($"{image}@{Sha256}")!.IsBelow(prefix).Should().Be(covered);
}
