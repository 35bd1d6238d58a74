import { describe, expect, it } from '@jest/globals';
import { isLoopbackHost, issuerUrlFault, listedIssuerFault } from '../../../src/domain/issuer-url.ts';

const production = { allowLoopbackHttp: false };
const development = { allowLoopbackHttp: true };

describe('an issuer URL', () => {
  it.each([
    'https://token.actions.githubusercontent.com',
    'https://token.actions.githubusercontent.com/octo-enterprise',
    'https://tenant.auth0.com/',
    'https://idp.example.com:8443/realms/a~b_c.d-e',
    'https://container.googleapis.com/v1/projects/p/locations/l/clusters/c',
    'https://a_b.example.com',
    'https://xn--exmple-cua.com',
    'https://1.example.com',
    'https://EXAMPLE.com',
    'https://example.x1',
    'https://example.1x',
    'https://example.0xg',
    'https://a.b:1',
    'https://a.b:65535',
    'https://a.b/.well-known/c.d./e',
  ])('may be %s', (url) => expect(issuerUrlFault(url, production)).toBeUndefined());

  it.each([
    ['', 'must start with https://'],
    ['HTTPS://a.b', 'must start with https://'],
    ['http://a.b', 'must start with https://'],
    ['https:/a.b', 'must start with https://'],
    [' https://a.b', 'must start with https://'],
    ['https://localhost', 'at least two labels'],
    ['https://', 'no acceptable host'],
    ['https:///a', 'no acceptable host'],
    ['https://a.b.', 'no acceptable host'],
    ['https://a..b', 'no acceptable host'],
    ['https://-a.b', 'no acceptable host'],
    ['https://a.b@c.d', 'no acceptable host'],
    ['https://user:pw@c.d', 'host name'],
    ['https://a.b\\c', 'no acceptable host'],
    ['https://a.b?c', 'no acceptable host'],
    ['https://a.b#c', 'no acceptable host'],
    ['https://ä.com', 'no acceptable host'],
    ['https://to\u212aen.com', 'no acceptable host'],
    ['https://a.b%2ec', 'no acceptable host'],
    ['https://[::1]', 'no acceptable host'],
    ['https://[fd00:ec2::254]/latest', 'no acceptable host'],
    ['http://169.254.169.254/latest/meta-data', 'must start with https://'],
    ['https://2852039166', 'at least two labels'],
    ['https://a.b:0', 'no acceptable port'],
    ['https://a.b:65536', 'no acceptable port'],
    ['https://a.b:', 'no acceptable port'],
    ['https://a.b:8a', 'no acceptable port'],
    ['https://a.b:+80', 'no acceptable port'],
    ['https://a.b:1e3', 'no acceptable port'],
    ['https://a.b:8080/c:80', 'character'],
    ['https://a.b:80:80', 'no acceptable port'],
    ['https://[a.b', 'no acceptable host'],
    ['https://a.b]:80', 'no acceptable host'],
    ['https://:80', 'no acceptable host'],
    ['https://a.b/?c', 'query'],
    ['https://a.b/#c', 'fragment'],
    ['https://a.b/c/../d', '".."'],
    ['https://a.b//c', '"//"'],
    ['https://a.b/./c', '"." as a part'],
    ['https://a.b/c/.', '"." as a part'],
    ['https://a.b/.', '"." as a part'],
    ['https://a.b/%2e', 'character'],
    ['https://a.b/c d', 'character'],
    ['https://a.b/ä', 'character'],
    ['https://a.b/\n', 'character'],
  ])('can not be %j', (url, reason) => expect(issuerUrlFault(url, production)).toContain(reason));

  it.each([
    '127.0.0.1',
    '127.1',
    '10.0.0.1',
    '0x7f.0.0.1',
    '0x7f.1',
    '0177.0.0.1',
    '1.2.3.4.5',
    'a.0x',
    'a.1',
    'a.b.1',
    'a.b.0x1f',
    // Where clouds tell a machine its own credentials.
    '169.254.169.254',
    '169.254.170.2',
    '100.100.100.200',
    '0xa9.0xfe.0xa9.0xfe',
  ])('can not have the host %s, which a URL parser may take for an address', (host) =>
    expect(issuerUrlFault(`https://${host}`, production)).toContain('IP address'),
  );

  it('has at most 255 characters', () => {
    const url = (length: number): string => `https://a.b/${'c'.repeat(length - 12)}`;
    expect(issuerUrlFault(url(255), production)).toBeUndefined();
    expect(issuerUrlFault(url(256), production)).toContain('255');
  });

  it.each(['http://localhost', 'http://localhost:8080/a', 'http://127.0.0.1:1', 'http://[::1]', 'http://[::1]:9/x'])(
    'may be %s in local development alone',
    (url) => {
      expect(issuerUrlFault(url, development)).toBeUndefined();
      expect(issuerUrlFault(url, production)).toContain('https://');
    },
  );

  it.each([
    'http://localhost.evil.com',
    'http://127.0.0.2',
    'http://127.1',
    'http://2130706433',
    'http://[::2]',
    'http://LOCALHOST',
    'http://localhost@evil.com',
    'http://localhost:0',
    'http://localhost:65536',
    'http://[::1]x',
    'http://[::1',
    'http://::1',
    'http://:80',
    'http://localhost/..',
  ])('can not be %s, even in local development', (url) => expect(issuerUrlFault(url, development)).toBeDefined());

  it('knows the addresses of this machine', () => {
    expect(['localhost', '127.0.0.1', '[::1]', 'localhost.', '127.0.0.2'].map(isLoopbackHost)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('an issuer in an organization’s list', () => {
  it.each([
    'https://token.actions.githubusercontent.com',
    'https://idp.example.com:8443/Realms/Main',
    'https://idp.example.com/A',
  ])('may be %s', (issuer) => expect(listedIssuerFault(issuer, production)).toBeUndefined());

  it.each(['https://IDP.example.com', 'https://idp.example.coM/a'])(
    'can not be %s, which would list nobody: issuers write their host in lower case',
    (issuer) => {
      expect(issuerUrlFault(issuer, production)).toBeUndefined();
      expect(listedIssuerFault(issuer, production)).toBe('must have its host in lower case');
    },
  );

  it('can not be what no issuer can be', () => {
    expect(listedIssuerFault('https://A.b/?c', production)).toBe('must not have a query');
    expect(listedIssuerFault('http://localhost', production)).toBe('must start with https://');
    expect(listedIssuerFault('http://localhost/A', development)).toBeUndefined();
  });
});
