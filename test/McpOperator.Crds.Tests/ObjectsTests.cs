using System.Text.Json;
using McpOperator.Api.V1Alpha1;
using McpOperator.Objects;

namespace McpOperator.Crds.Tests;

public sealed class ObjectsTests
{
    // What an API server (1.20) stored for these, in an emptyDir's sizeLimit.
    [TestCase("0", "0")]
    [TestCase("00", "0")]
    [TestCase("0Ki", "0")]
    [TestCase("0e3", "0")]
    [TestCase("-0", "0")]
    [TestCase("1.", "1.")]
    [TestCase("+1", "+1")]
    [TestCase("+1000", "1k")]
    [TestCase("0100", "0100")]
    [TestCase("00100m", "00100m")]
    [TestCase("01000m", "1")]
    [TestCase(".5", "500m")]
    [TestCase("0.50", "500m")]
    [TestCase("1.5", "1500m")]
    [TestCase("1.50", "1500m")]
    [TestCase("1.500", "1.500")]
    [TestCase("12.500k", "12.500k")]
    [TestCase("3.0", "3")]
    [TestCase("100m", "100m")]
    [TestCase("1000m", "1")]
    [TestCase("1500m", "1500m")]
    [TestCase("100000m", "100")]
    [TestCase("1000", "1k")]
    [TestCase("1024", "1024")]
    [TestCase("1000k", "1M")]
    [TestCase("1024k", "1024k")]
    [TestCase("0.001k", "1")]
    [TestCase("1000000000", "1G")]
    [TestCase("1Ki", "1Ki")]
    [TestCase("01Ki", "01Ki")]
    [TestCase("1.Ki", "1.Ki")]
    [TestCase("+1024Ki", "1Mi")]
    [TestCase("1024Ki", "1Mi")]
    [TestCase("1000Ki", "1000Ki")]
    [TestCase("2048Mi", "2Gi")]
    [TestCase("1.5Gi", "1536Mi")]
    [TestCase("0.5Gi", "512Mi")]
    [TestCase("0.5Ki", "512")]
    [TestCase("0.1Ki", "102400m")]
    [TestCase("1.1Mi", "1153433600m")]
    [TestCase("1.0001Ki", "1024102400u")]
    [TestCase("0.0001Gi", "107374182400u")]
    [TestCase("7.5Ei", "7680Pi")]
    [TestCase("8Ei", "9223372036854775807")]
    [TestCase("1000Ei", "9223372036854775807")]
    [TestCase("1e3", "1e3")]
    [TestCase("1E3", "1E3")]
    [TestCase("1e+3", "1e+3")]
    [TestCase("1e03", "1e03")]
    [TestCase("1.0e3", "1e3")]
    [TestCase("1e1", "10")]
    [TestCase("1e4", "10e3")]
    [TestCase("123e1", "1230")]
    [TestCase("1000e3", "1e6")]
    [TestCase("1500e0", "1500e0")]
    [TestCase("1.5e3", "1500")]
    [TestCase("15e-1", "1500e-3")]
    [TestCase("100e-3", "100e-3")]
    [TestCase("1e-7", "100e-9")]
    [TestCase("500e-10", "50e-9")]
    [TestCase("1e-20", "1e-9")]
    [TestCase("1e19", "10e18")]
    [TestCase("1e30", "1e30")]
    [TestCase("1E", "1E")]
    [TestCase("10E", "10E")]
    [TestCase("1n", "1n")]
    [TestCase("0.1n", "1n")]
    [TestCase("1000n", "1u")]
    [TestCase("0.0001m", "100n")]
    [TestCase("1.0000000000000000001", "1000000001n")]
    [TestCase("12345678901234567.8", "12345678901234567800m")]
    [TestCase("9223372036854775808", "9223372036854775808")]
    [TestCase("123456789012345678901", "123456789012345678901")]
    [TestCase(" 1 ", "1")]
    // Our resources may not be negative; other kinds' may.
    [TestCase("-1.5", "-1500m")]
    [TestCase("-1024Ki", "-1Mi")]
    public void A_quantity_is_kept_as_the_api_server_keeps_it(string text, string stored)
    {
        new Quantity(text).ToString().Should().Be(stored);
        new Quantity(stored).ToString().Should().Be(stored, "what is stored stays as it is");
    }

    [TestCase("")]
    [TestCase(".")]
    [TestCase("-")]
    [TestCase("e3")]
    [TestCase("1_0")]
    [TestCase("1ki")]
    [TestCase("1K")]
    [TestCase("1KI")]
    [TestCase("1.2.3")]
    [TestCase("1e")]
    [TestCase("1e1.5")]
    [TestCase("1e3k")]
    [TestCase("1m5")]
    [TestCase("0x10")]
    [TestCase("1,5")]
    [TestCase("1 Gi")]
    [TestCase("1e999999999")]
    public void What_is_no_quantity_is_refused_with_an_example(string text)
    {
        Quantity.TryParse(text, out _).Should().BeFalse();
        FluentActions.Invoking(() => new Quantity(text)).Should().Throw<FormatException>().WithMessage("*128Mi*");
    }

    [Test]
    public void Quantities_are_read_from_strings_and_numbers_and_written_as_strings()
    {
        JsonSerializer.Deserialize<Quantity>("2", KubernetesJson.Options).ToString().Should().Be("2");
        JsonSerializer.Deserialize<Quantity>("0.5", KubernetesJson.Options).ToString().Should().Be("500m");
        JsonSerializer.Serialize(new Quantity("1000m"), KubernetesJson.Options).Should().Be("\"1\"");
        FluentActions.Invoking(() => JsonSerializer.Deserialize<Quantity>("\"much\"", KubernetesJson.Options)).Should().Throw<JsonException>().WithMessage("*much*");
        default(Quantity).ToString().Should().Be("0");
    }

    [TestCase("8080", "8080")]
    [TestCase("\"http\"", "\"http\"")]
    public void A_port_keeps_whether_it_is_a_number_or_a_name(string json, string written) =>
        JsonSerializer.Serialize(JsonSerializer.Deserialize<IntOrString>(json, KubernetesJson.Options), KubernetesJson.Options).Should().Be(written);

    [Test]
    public void A_type_knows_its_resource()
    {
        ResourceType.Of<MCPServer>().Should().Be(new ResourceType("mcpoperator.io", "v1alpha1", "MCPServer", "mcpservers"));
        ResourceType.Of<MCPServer>().ApiVersion.Should().Be("mcpoperator.io/v1alpha1");
        ResourceType.Of<MCPServer>().ToString().Should().Be("mcpservers.mcpoperator.io");
        ResourceType.Of<V1Pod>().ApiVersion.Should().Be("v1");
        ResourceType.Of<V1Pod>().ToString().Should().Be("pods");
        ResourceType.Of<V1CustomResourceDefinition>().Namespaced.Should().BeFalse();
        FluentActions.Invoking(() => ResourceType.Of(typeof(string))).Should().Throw<ArgumentException>().WithMessage("String is no Kubernetes kind*");
    }

    [TestCase("\"STDIO-ish\"")]
    [TestCase("2")]
    public void An_unknown_word_or_a_number_is_no_enum(string json) =>
        FluentActions.Invoking(() => JsonSerializer.Deserialize<Transport>(json, KubernetesJson.StrictOptions)).Should().Throw<JsonException>();

    [Test]
    public void Times_are_written_in_whole_seconds_and_utc() =>
        JsonSerializer.Serialize(new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc), KubernetesJson.Options).Should().Be("\"2026-01-02T03:04:05Z\"");

    [TestCase("\"streamable-http\"", true)]
    [TestCase("\"Streamable-Http\"", false)]
    [TestCase("\"StreamableHttp\"", false)]
    [TestCase("\"sse, stdio\"", false)]
    [TestCase("\"1\"", false)]
    [TestCase("1", false)]
    [TestCase("\" sse\"", false)]
    public void Enumerations_are_read_by_their_exact_names(string json, bool isGood)
    {
        var read = () => KubernetesJson.Deserialize<Transport>(System.Text.Encoding.UTF8.GetBytes(json));

        if (isGood)
        {
            JsonSerializer.Serialize(read(), KubernetesJson.Options).Should().Be(json);
        }
        else
        {
            read.Should().Throw<JsonException>().WithMessage("*is none of streamable-http, sse, stdio*");
        }
    }
}
